// Stands by for one case: somebody opens the page and the box does not answer. Pictures, state, events and everything else
// that is alive are none of its business; it keeps the notice for that case and nothing more.

const CACHE = "offline-1";
const PAGE = "/static/offline.html";
const NOTICE = [PAGE, "/static/offline.js", "/static/offline.css", "/static/words.js", "/static/icon.svg", "/words.json"];

self.addEventListener("install", (event) => {
  event.waitUntil(keep().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(dropOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.mode === "navigate") {
    event.respondWith(fetch(request).catch(() => caches.match(PAGE)));
  } else if (request.method === "GET" && NOTICE.includes(new URL(request.url).pathname)) {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request.url)) ?? Response.error()));
  }
});

async function keep() {
  const cache = await caches.open(CACHE);
  await cache.addAll(NOTICE.map((address) => new Request(address, { cache: "reload" })));
}

async function dropOthers() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name)));
}
