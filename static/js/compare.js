// Two photos that lie one over the other: a moving edge between them, or one shining through.

const compare = document.querySelector("[data-compare]");
const slider = compare.querySelector("input[type=range]");
const blend = compare.querySelector("[data-blend]");
const earlier = compare.querySelector("[data-earlier]");
const laid = compare.querySelector("[data-laid]");
const edge = compare.querySelector("[data-edge]");
const { x: left, width } = compare.querySelector("svg").viewBox.baseVal;

function move() {
  const share = slider.value / slider.max;
  const x = blend.checked ? left + width : left + width * share;
  earlier.setAttribute("width", x);
  laid.setAttribute("opacity", blend.checked ? share : 1);
  edge.setAttribute("x1", x);
  edge.setAttribute("x2", x);
  edge.toggleAttribute("hidden", blend.checked);
}

compare.hidden = false;
slider.addEventListener("input", move);
blend.addEventListener("change", move);
move();
