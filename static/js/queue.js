// j and k walk through the queue; the focus is the place, so Enter is the button's own.

const actions = [...document.querySelectorAll("[data-queue-action]")];

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const step = { j: 1, k: -1 }[event.key];
  if (!step || !actions.length) return;
  event.preventDefault();
  const here = actions.indexOf(document.activeElement);
  const next = here < 0 ? 0 : Math.min(actions.length - 1, Math.max(0, here + step));
  actions[next].focus();
  actions[next].closest("li").scrollIntoView({ block: "nearest" });
});
