// Keeps the page of crisis help, and nothing else, for when there is no connection.
// The copies are asked for without a cookie: they are the same for everybody.

const KEPT = "crisis-help";
const FILES = {{ files|tojson }};
const COPIES = {{ copies|tojson }};
const LANGUAGE = {{ language|tojson }};
const PATIENCE = 4_000;

const keep = async () => {
  const kept = await caches.open(KEPT);
  const wanted = [...FILES, ...Object.values(COPIES)];
  await kept.addAll(wanted.map((url) => new Request(url, { credentials: "omit", cache: "no-cache" })));
  const old = (await kept.keys()).filter(({ url }) => !wanted.includes(url.slice(location.origin.length)));
  await Promise.all(old.map((request) => kept.delete(request)));
};

const copy = async (url) => {
  const language = url.searchParams.get("lang");
  return caches.match(COPIES[language] ?? COPIES[LANGUAGE]);
};

const page = async (event, url) => {
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE));
  const fresh = fetch(event.request).then((answer) => (answer.status < 500 ? answer : null));
  const answer = await Promise.race([fresh, late]).catch(() => null);
  return answer ?? (await copy(url)) ?? fresh;
};

addEventListener("install", (event) => event.waitUntil(keep().then(() => skipWaiting())));
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin || event.request.method !== "GET") return;
  if (event.request.mode === "navigate") event.respondWith(page(event, url));
  else if (FILES.includes(url.pathname)) {
    event.respondWith(caches.match(url.pathname).then((file) => file ?? fetch(event.request)));
  }
});

// A visit with a connection renews the copies: numbers change.
addEventListener("message", (event) => event.data === "renew" && event.waitUntil(keep().catch(() => {})));
