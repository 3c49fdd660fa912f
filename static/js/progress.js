// Puts what the server sends into the page, part by part, and asks again while a photo is checked.

const EVERY_MS = 1500;
const HEADERS = { "X-Requested-With": "XMLHttpRequest", "X-By-Itself": "1" };

// Replaces elements by their id; returns how many. A part in the same state is left alone, so that
// nothing flickers and nobody loses their place, unless `always` is set.
export function replaceParts(html, { always = false } = {}) {
  const parts = new DOMParser().parseFromString(html, "text/html").body.children;
  let replaced = 0;
  for (const part of [...parts]) {
    const old = document.getElementById(part.id);
    if (!old || (!always && old.dataset.state === part.dataset.state)) continue;
    replacePart(old, part);
    replaced += 1;
  }
  return replaced;
}

function replacePart(old, part) {
  const hadFocus = old.contains(document.activeElement);
  old.replaceWith(part);
  if (hadFocus) part.focus();
  if (part.dataset.announce) announce(part.dataset.announce);
  part.dispatchEvent(new CustomEvent("replaced", { bubbles: true }));
}

export function announce(words) {
  document.getElementById("announcer").textContent = words;
}

async function askFor(card) {
  const response = await fetch(card.dataset.poll, { headers: HEADERS });
  if (response.redirected) location.reload(); // signed out meanwhile
  else if (response.ok) replaceParts(await response.text());
}

async function askForAll() {
  const waiting = [...document.querySelectorAll("[data-poll]:not([aria-busy])")];
  try {
    if (!document.hidden) await Promise.all(waiting.map(askFor));
  } catch {
    // No connection: the next turn asks again.
  }
  setTimeout(askForAll, EVERY_MS);
}

setTimeout(askForAll, EVERY_MS);
