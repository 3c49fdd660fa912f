// Everything on a key. Keys are the page's own only where nobody is typing, and a button that has
// the focus keeps its Enter, its space bar and its Tab.

const TYPING = "textarea, select, input:not([type=checkbox], [type=radio], [type=range])";
const CONTROL = "button, a, input, summary, select, [role=tab]";
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export function listen({ editor, actions, pane, types, walk, dialog, sign }) {
  const letters = { ...actions, "?": () => dialog.showModal() };
  types.forEach((type, place) => { letters[place + 1] = () => editor.retype(type); });

  function onPhoto(event) {
    const resize = event.shiftKey;
    if (ARROWS[event.key] && pane()) return editor.nudge(pane(), ...ARROWS[event.key], resize) || scroll(event);
    if (event.key === "Tab") return walk(event.shiftKey ? -1 : 1);
    if (event.key === "Enter" || event.key === " ") {
      if (!pane()) return false;
      const judged = editor.tool === "select" && editor.lesion;
      const done = editor.enter(pane());
      if (judged) walk(1);
      return done;
    }
    return false;
  }

  function scroll(event) {
    const [across, down] = ARROWS[event.key];
    const { OpenSeadragon } = window;
    pane().viewport.panBy(pane().viewport.deltaPointsFromPixels(new OpenSeadragon.Point(40 * across, 40 * down)));
    pane().viewport.applyConstraints();
    return true;
  }

  function anywhere(event) {
    if (event.key === "Escape") return editor.escape() ?? true;
    if (event.key === "Delete" || event.key === "Backspace") {
      if (!editor.dropCorner()) editor.reject();
      return true;
    }
    const action = letters[event.key] ?? letters[event.key.toLowerCase()];
    return action ? action() ?? true : false;
  }

  document.addEventListener("keydown", (event) => {
    if (dialog.open || event.isComposing || event.defaultPrevented) return;
    const command = event.ctrlKey || event.metaKey;
    if (command && event.key === "Enter") return void sign();
    const field = event.target.closest(TYPING);
    if (field) {
      if (event.key === "Escape") document.querySelector("[data-pane]:not([hidden])")?.focus();
      return;
    }
    if (command || event.altKey) {
      const turn = { z: event.shiftKey ? "redo" : "undo", y: "redo" }[event.key.toLowerCase()];
      if (!command || event.altKey || !turn) return;
      event.preventDefault();
      editor[turn]();
      return;
    }
    const control = event.target.closest(CONTROL);
    if (!control && onPhoto(event) === true) return event.preventDefault();
    if (control?.type === "radio" && ARROWS[event.key]) return;
    if (anywhere(event)) event.preventDefault();
  });
}
