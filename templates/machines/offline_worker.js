/* Without a network, a navigation gets the page that gives the town hall's number. Nothing personal is kept. */
"use strict";
const CACHE = "vitre-hors-ligne-1";

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([{% for url in kept %}"{{ url|escapejs }}"{% if not forloop.last %}, {% endif %}{% endfor %}])));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(self.clients.claim());
});

self.addEventListener("fetch", (event) => {
  if (event.request.mode !== "navigate") {
    if (new URL(event.request.url).pathname.startsWith("/static/"))
      event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
    return;
  }
  event.respondWith(fetch(event.request).catch(() => caches.match("{{ page|escapejs }}")));
});
