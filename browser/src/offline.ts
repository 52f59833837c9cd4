// After the first Run the book can be read, and run, with the network cut: a service worker keeps it.
//
// Not before: a reader who never runs a program has nothing written to the disk.

let asked = false;

/** Let the service worker keep this page, and all that Run needed. */
export async function keepOffline(): Promise<void> {
  if (asked || !("serviceWorker" in navigator)) return;
  asked = true;
  // It lies at the root of the book, two folders up, for it rules only what lies beside and below it.
  const script = new URL("../../sw.js", import.meta.url);
  try {
    await navigator.serviceWorker.register(script);
    const registration = await navigator.serviceWorker.ready;
    registration.active?.postMessage({ keep: await addresses() });
  } catch {
    // A private window, for one, has no service workers: then the book needs its server.
    asked = false;
  }
}

/** This page and everything that came for it; the worker's files are known from their lists. */
async function addresses(): Promise<string[]> {
  const base = new URL("./", import.meta.url);
  const json = async (name: string) => (await fetch(new URL(name, base))).json();
  const [manifest, python] = await Promise.all([json("manifest.json"), json("python.json")]);
  const ours = (manifest as { files: { name: string }[] }).files.map(({ name }) => new URL(name, base).href);
  const wheels = (python as { files: { name: string; integrity: string }[] }).files.map((file) => {
    const address = new URL(file.name, base);
    address.searchParams.set("v", file.integrity);
    return address.href;
  });
  const seen = performance.getEntriesByType("resource").map((entry) => entry.name);
  const lists = ["manifest.json", "python.json"].map((name) => new URL(name, base).href);
  const page = location.href.split("#")[0]!;
  const search = new URL("../../search/search_index.json", base).href; // it comes when it is first asked for
  const all = new Set([page, search, ...seen, ...ours, ...wheels, ...lists]);
  return [...all].filter((address) => new URL(address).origin === location.origin);
}
