// The worker: Python (Pyodide) and Graphviz (Viz), away from the page's own thread.

import type { PyodideInterface } from "pyodide";
import type { PyProxy } from "pyodide/ffi";
import type { Answer, CallRequest, Request, RunRequest, StartRequest } from "./protocol.ts";
import freeing from "./freeing.py";
import runtime from "./runtime.py";

/** The large files, by what they are for; build.mjs fills this in. */
declare const PARTS: Record<"asm" | "wasm" | "library" | "pyodide" | "viz", { name: string; bytes: number }>;

interface PythonFile {
  name: string;
  bytes: number;
  integrity: string;
}

interface Runtime {
  run(request: string): string;
  call(code: string, values: string, space: string): string;
}

/** In bytes. Chromium gives a worker 984 KB of JavaScript's stack; with operators that call each other, 208 KB of Python's fill it. */
const STACK = 200_000;

const scope = self as unknown as DedicatedWorkerGlobalScope;
const base = new URL("./", import.meta.url);
const post = (answer: Answer): void => scope.postMessage(answer);
let python: Runtime;
let current = 0;

/** Counts what has come of what is to come, and tells the page now and then. */
class Counter {
  private loaded = 0;
  private told = 0;

  constructor(private readonly total: number) {}

  add(bytes: number): void {
    this.loaded += bytes;
    const now = performance.now();
    if (now - this.told < 80 && this.loaded < this.total) return;
    this.told = now;
    // When all is here, it is yet to be compiled: that takes as long again, and cannot be measured.
    const { loaded, total } = this;
    if (loaded < total) post({ kind: "progress", what: "Loading Python", loaded, total });
    else post({ kind: "progress", what: "Starting Python", loaded: 0, total: 0 });
  }
}

/** A response whose bytes are counted as they come in. */
function counted(response: Response, counter: Counter): Response {
  if (!response.ok) throw new Error(`${response.url} is not there (${response.status})`);
  if (!response.body) return response;
  const count = new TransformStream<Uint8Array, Uint8Array>({
    transform(chunk, out) {
      counter.add(chunk.byteLength);
      out.enqueue(chunk);
    },
  });
  const type = response.headers.get("content-type") ?? "";
  return new Response(response.body.pipeThrough(count), { headers: { "content-type": type } });
}

async function moduleOf<T>(part: { name: string; bytes: number }, counter: Counter): Promise<T> {
  const found = (await import(new URL(part.name, base).href)) as T;
  counter.add(part.bytes);
  return found;
}

async function pythonFiles(): Promise<PythonFile[]> {
  const response = await fetch(new URL("python.json", base), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${response.url} is not there (${response.status})`);
  return ((await response.json()) as { files: PythonFile[] }).files;
}

async function start({ interrupt }: StartRequest): Promise<void> {
  const files = await pythonFiles();
  const sizes = [...Object.values(PARTS), ...files].map((file) => file.bytes);
  const counter = new Counter(sizes.reduce((a, b) => a + b, 0));
  const fetched = files.map(async (file) => {
    const address = new URL(file.name, base);
    address.searchParams.set("v", file.integrity); // a new content is a new address, for the caches
    const response = await fetch(address, { integrity: file.integrity });
    return counted(response, counter).arrayBuffer();
  });
  const [pyodide, viz] = await Promise.all([loadPython(counter), loadViz(counter), ...fetched]);
  for (const [place, file] of files.entries()) {
    const format = file.name.endsWith(".whl") ? "wheel" : "zip";
    const options = format === "zip" ? { extractDir: sitePackages(pyodide) } : {};
    pyodide.unpackArchive(await fetched[place]!, format, options);
  }
  if (interrupt) pyodide.setInterruptBuffer(new Uint8Array(interrupt));
  pyodide.registerJsModule("book_page", {
    text: (stream: "stdout" | "stderr", text: string) => post({ kind: "text", id: current, stream, text }),
    draw: (source: string, format: string, engine: string) => {
      const made = viz.render(source, { format, engine });
      if (made.status === "success") return pyodide.toPy([true, made.output]);
      return pyodide.toPy([false, made.errors.map((error) => error.message).join("\n")]);
    },
  });
  pyodide.FS.writeFile(`${sitePackages(pyodide)}/freeing.py`, freeing);
  limitStack(pyodide);
  const names = pyodide.toPy({ __name__: "book_runtime" }) as PyProxy;
  pyodide.runPython(runtime, { globals: names, filename: "runtime.py" });
  python = { run: names.get("run"), call: names.get("call") };
  post({ kind: "ready" });
}

async function loadPython(counter: Counter): Promise<PyodideInterface> {
  const plain = scope.fetch.bind(scope);
  // Pyodide fetches its parts by itself; so that they are counted, it gets a fetch that counts.
  scope.fetch = async (resource, options) => {
    const response = await plain(resource, options);
    return /\.(wasm|zip)$/.test(response.url) ? counted(response, counter) : response;
  };
  const assembly = moduleOf(PARTS.asm, counter);
  const { loadPyodide } = await moduleOf<typeof import("pyodide")>(PARTS.pyodide, counter);
  const pyodide = await loadPyodide({
    indexURL: new URL("./", new URL(PARTS.pyodide.name, base)).href,
    // The surroundings that the press gives to a page: sets in the same order, lines of the same width.
    env: { PYTHONHASHSEED: "0", COLUMNS: "80", NO_COLOR: "1", TERM: "dumb", HOME: "/home/pyodide" },
  });
  await assembly;
  scope.fetch = plain;
  return pyodide;
}

async function loadViz(counter: Counter) {
  const { instance } = await moduleOf<typeof import("@viz-js/viz")>(PARTS.viz, counter);
  return instance();
}

/**
 * Tell Python how deep it may go. It guards a stack of 10 MB, its own; but most of a call lies on JavaScript's, which is a tenth
 * of that, and to run over it is the end of Python. Within this bound endless recursion is a RecursionError, as it should be.
 */
function limitStack(pyodide: PyodideInterface): void {
  const { _module: python } = pyodide as unknown as { _module: Record<string, (...numbers: number[]) => number> };
  const [here, top] = [python._emscripten_stack_get_current!(), python._emscripten_stack_get_base!()];
  python._PyUnstable_ThreadState_SetStackProtection!(python._PyThreadState_Get!(), here - STACK, top - here + STACK);
}

function sitePackages(pyodide: PyodideInterface): string {
  return pyodide.runPython("import site; site.getsitepackages()[0]") as string;
}

function run(request: RunRequest): void {
  current = request.id;
  try {
    post({ kind: "end", id: request.id, ...JSON.parse(python.run(JSON.stringify(request))) });
  } catch (error) {
    // An interrupt can arrive when the program has just ended, in the runtime's own lines.
    if (!isInterrupt(error)) throw error;
    const raised = { class: "KeyboardInterrupt", text: "KeyboardInterrupt", line: null, traceback: "" };
    post({ kind: "end", id: request.id, rich: [], raised, seconds: 0, warnings: [] });
  }
}

function call(request: CallRequest): void {
  current = request.id;
  try {
    post({ kind: "value", id: request.id, value: python.call(request.code, request.values, request.space) });
  } catch (error) {
    if ((error as Error).name !== "PythonError") throw error;
    post({ kind: "failed", id: request.id, text: (error as Error).message });
  }
}

function isInterrupt(error: unknown): boolean {
  return (error as { type?: string }).type === "KeyboardInterrupt";
}

scope.onmessage = async ({ data }: MessageEvent<Request>) => {
  try {
    if (data.kind === "start") await start(data);
    else if (data.kind === "run") run(data);
    else call(data);
  } catch (error) {
    post({ kind: "died", text: error instanceof Error ? error.message : String(error) });
  }
};
