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
}

// Not on the parts: Chromium stops by Tab at every drawn one that listens for the focus.
document.addEventListener("focusin", ({ target }) => {
  light(target.closest("[data-link]")?.dataset.link ?? "");
});
