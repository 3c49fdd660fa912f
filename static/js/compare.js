// Moves the edge between two photos that lie one over the other.

const compare = document.querySelector("[data-compare]");
const slider = compare.querySelector("input[type=range]");
const earlier = compare.querySelector("[data-earlier]");
const edge = compare.querySelector("[data-edge]");
const { width } = compare.querySelector("svg").viewBox.baseVal;

function move() {
  const x = (width * slider.value) / slider.max;
  earlier.setAttribute("width", x);
  edge.setAttribute("x1", x);
  edge.setAttribute("x2", x);
}

compare.hidden = false;
slider.addEventListener("input", move);
move();
