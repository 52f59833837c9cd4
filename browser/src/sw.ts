// The book's service worker. It keeps what Run needs, and the pages that were visited, so that both are
// there when the network is not. It is registered after the first Run (src/offline.ts).
//
// - What lies under assets/run/ and has its content or version in its name never changes: the cache first.
// - All else may be printed anew any day: the network first, and the cache when there is none.
//
// It also says of every answer that it wants to be isolated from other origins, as a host could by two headers.
// Then a program can be stopped and keeps its names, on hosts too that cannot send headers of one's own.

const scope = self as unknown as ServiceWorkerGlobalScope;
// Two books on one host share its caches: the name tells them apart.
const CACHE = `book ${scope.registration.scope}`;
const PINNED = /\/assets\/run\/(pyodide-[\d.]+\/.+|.+-([A-Z0-9]{8}|[\d.]+)\.js|.+\?v=.+)$/;

scope.addEventListener("install", () => void scope.skipWaiting());
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim()));

scope.addEventListener("message", (event) => {
  const { keep } = event.data as { keep?: string[] };
  if (keep) event.waitUntil(keepAll(keep));
});

scope.addEventListener("fetch", (event) => {
  const { request } = event;
  const ours = request.method === "GET" && request.url.startsWith(scope.registration.scope);
  if (!ours || request.headers.has("range")) return;
  event.respondWith(answer(request).then(isolated));
});

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(request.url);
  if (kept && PINNED.test(request.url)) return kept;
  try {
    const response = await fetch(request);
    if (response.ok && response.type === "basic") await cache.put(request.url, response.clone());
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Keep what is not kept yet; forget the pinned files of earlier printings. */
async function keepAll(addresses: string[]): Promise<void> {
  const cache = await caches.open(CACHE);
  const wanted = new Set(addresses);
  for (const { url } of await cache.keys()) {
    if (PINNED.test(url) && !wanted.has(url)) await cache.delete(url);
  }
  const missing = [];
  for (const address of addresses) if (!(await cache.match(address))) missing.push(address);
  // The page has just fetched most of these: what the browser has it need not fetch again.
  await Promise.allSettled(missing.map((address) => cache.add(new Request(address, { cache: "force-cache" }))));
}

function isolated(response: Response): Response {
  if (response.type === "opaqueredirect" || response.status === 0) return response;
  const headers = new Headers(response.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  const { status, statusText, body } = response;
  return new Response(body, { status, statusText, headers });
}

export {};
