// What may become part of a page. The browser asks here (Trusted Types, by the policy in the page's
// head) before text becomes markup or an address becomes a program, in our code and in libraries.

const RUNS = /<\s*(script|iframe|object|embed|base|meta)\b|\son[a-z]+\s*=|javascript:/i;

function html(text) {
  if (RUNS.test(text)) throw new TypeError("This markup would run something.");
  return text;
}

// Our own files only: nothing that a person sent lies under these addresses.
function program(address) {
  const { origin, pathname, protocol } = new URL(address, location.href);
  const isOurs = origin === location.origin && /^\/(static\/|service-worker\.js$)/.test(pathname);
  if (isOurs || protocol === "blob:") return address;
  throw new TypeError("Programs come from this site alone.");
}

globalThis.trustedTypes?.createPolicy("default", { createHTML: html, createScriptURL: program });
