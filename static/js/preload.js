// The next case's pictures are there before it is opened: the browser keeps them, and then only
// asks whether it may show them. One after the other, so that nobody's work waits for it.

export async function preload(address) {
  for (const url of await picturesAt(address)) await kept(url);
}

// A courtesy, no more: without a connection, or when the page is left meanwhile, there is nothing.
async function picturesAt(address) {
  try {
    const response = await fetch(address);
    return response.ok ? (await response.json()).pictures : [];
  } catch {
    return [];
  }
}

function kept(url) {
  return new Promise((resolve) => {
    const image = new Image();
    image.fetchPriority = "low";
    image.onload = image.onerror = resolve;
    image.src = url;
  });
}
