// Lights up one lesion wherever it is: on both photos, on the map and in the list.

const parts = [...document.querySelectorAll("[data-link]")];

function light(number) {
  for (const part of parts) {
    part.classList.toggle("fate--lit", part.dataset.link === number);
  }
}

for (const part of parts) {
  part.addEventListener("pointerenter", () => light(part.dataset.link));
  part.addEventListener("pointerleave", () => light(""));
  part.addEventListener("focusin", () => light(part.dataset.link));
}
