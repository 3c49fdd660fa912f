// Small courtesies on every page: an open menu closes, a list of errors gets the focus, and a page
// asked for without a connection says so.

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  const menu = document.querySelector("details.menu[open]");
  if (!menu) return;
  menu.open = false;
  menu.querySelector("summary").focus();
});

document.querySelector(".error-summary")?.focus();

// After the page's own files: on a weak line they come first.
addEventListener("load", () => {
  navigator.serviceWorker?.register("/service-worker.js").catch(() => {}); // all else works without
});
