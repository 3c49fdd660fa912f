// Keeps one page for when there is no connection, and nothing else: no page or picture of a person
// is ever stored on the device. A new address of a file makes a new worker.
{% url "offline" as offline %}
const OFFLINE = "{{ offline|escapejs }}";
const FILES = [{% for address in kept %}"{{ address|escapejs }}",{% endfor %}];
const CACHE = "offline";

async function keep() {
  const cache = await caches.open(CACHE);
  for (const old of await cache.keys()) await cache.delete(old);
  const fresh = [OFFLINE, ...FILES].map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  await cache.addAll(fresh);
}

self.addEventListener("install", (event) => event.waitUntil(keep().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const isPage = request.mode === "navigate" && request.method === "GET";
  const isKept = FILES.includes(new URL(request.url).pathname);
  if (!isPage && !isKept) return; // the browser's own way, as if nobody stood here
  const stored = () => caches.match(isPage ? OFFLINE : request);
  event.respondWith(fetch(request).catch(stored));
});
