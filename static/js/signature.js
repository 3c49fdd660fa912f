// Signing by hand: each stroke becomes straight lines of an SVG path, in units of the pad.

const NEAR = 3; // units: closer points add nothing to see

const form = document.querySelector("[data-signing]");
if (form) drawOn(form.querySelector("[data-drawing]"));

function drawOn(fieldset) {
  const pad = fieldset.querySelector("svg");
  const ink = pad.querySelector("path");
  const value = fieldset.querySelector("input");
  let strokes = [];
  let stroke = null;
  fieldset.hidden = false;

  pad.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    pad.setPointerCapture(event.pointerId);
    stroke = [pointOf(event, pad)];
  });
  pad.addEventListener("pointermove", (event) => {
    if (!stroke) return;
    const point = pointOf(event, pad);
    if (distance(point, stroke.at(-1)) < NEAR) return;
    stroke.push(point);
    show([...strokes, stroke]);
  });
  for (const end of ["pointerup", "pointercancel"]) {
    pad.addEventListener(end, () => {
      if (stroke?.length > 1) strokes.push(stroke);
      stroke = null;
      show(strokes);
    });
  }
  fieldset.querySelector("button").addEventListener("click", () => {
    strokes = [];
    show(strokes);
  });

  function show(all) {
    const path = all.filter((one) => one.length > 1).map(pathOf).join("");
    ink.setAttribute("d", path);
    value.value = path;
  }
}

function pointOf(event, pad) {
  const { width, height } = pad.viewBox.baseVal;
  const box = pad.getBoundingClientRect();
  const x = ((event.clientX - box.left) / box.width) * width;
  const y = ((event.clientY - box.top) / box.height) * height;
  return [clamp(x, width), clamp(y, height)];
}

const clamp = (value, most) => Math.round(Math.min(Math.max(value, 0), most));
const distance = ([x, y], [u, v]) => Math.hypot(x - u, y - v);
const pathOf = ([first, ...rest]) => `M${first.join(" ")}` + rest.map((at) => `L${at.join(" ")}`).join("");
