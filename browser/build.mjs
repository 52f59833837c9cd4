// Builds dist/: the scripts, and beside them Python and Graphviz as they come from npm.
//
// The names of our own files carry a hash of their content and Pyodide's folder its version, so
// that a browser may keep them for ever. manifest.json names the entries and tells all sizes.

import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = import.meta.dirname;
const dist = path.join(here, "dist");
const ENTRIES = ["book", "player", "explore/explore"];
const PYODIDE = ["pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip"];

const options = {
  absWorkingDir: here,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  outdir: dist,
  metafile: true,
  legalComments: "none",
  loader: { ".py": "text" },
};

function size(name) {
  return { name, bytes: statSync(path.join(dist, name)).size };
}

function copyPyodide() {
  const from = path.join(here, "node_modules", "pyodide");
  const { version } = JSON.parse(readFileSync(path.join(from, "package.json"), "utf8"));
  const folder = `pyodide-${version}`;
  mkdirSync(path.join(dist, folder), { recursive: true });
  for (const name of PYODIDE) cpSync(path.join(from, name), path.join(dist, folder, name));
  // Of the lock file Pyodide needs the versions; its packages are on another host, and we use none.
  const lock = JSON.parse(readFileSync(path.join(from, "pyodide-lock.json"), "utf8"));
  writeFileSync(path.join(dist, folder, "pyodide-lock.json"), JSON.stringify({ ...lock, packages: {} }));
  return Object.fromEntries(PYODIDE.map((name) => [name, size(`${folder}/${name}`)]));
}

async function bundle(entries, more) {
  const made = await esbuild.build({ ...options, entryPoints: entries, entryNames: "[name]-[hash]", ...more });
  return Object.entries(made.metafile.outputs)
    .filter(([, output]) => output.entryPoint)
    .map(([file, output]) => [path.parse(output.entryPoint).name, path.basename(file)]);
}

function copyViz() {
  const from = path.join(here, "node_modules", "@viz-js", "viz");
  const { version } = JSON.parse(readFileSync(path.join(from, "package.json"), "utf8"));
  cpSync(path.join(from, "dist", "viz.js"), path.join(dist, `viz-${version}.js`));
  return size(`viz-${version}.js`);
}

async function bundleWorker() {
  const pyodide = copyPyodide();
  const parts = {
    pyodide: pyodide["pyodide.mjs"],
    asm: pyodide["pyodide.asm.mjs"],
    wasm: pyodide["pyodide.asm.wasm"],
    library: pyodide["python_stdlib.zip"],
    viz: copyViz(),
  };
  const [[, worker]] = await bundle(["src/worker.ts"], { define: { PARTS: JSON.stringify(parts) } });
  return worker;
}

function* files(folder = "") {
  for (const entry of readdirSync(path.join(dist, folder), { withFileTypes: true })) {
    const name = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(name);
    else yield name;
  }
}

function described(name) {
  const content = readFileSync(path.join(dist, name));
  return {
    name,
    bytes: content.length,
    gzip: gzipSync(content).length,
    brotli: brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }).length,
    sha256: createHash("sha256").update(content).digest("hex"),
  };
}

rmSync(dist, { recursive: true, force: true });
const worker = await bundleWorker();
const entryPoints = ENTRIES.map((name) => `src/${name}.ts`).filter((file) => existsSync(path.join(here, file)));
const entries = await bundle(entryPoints, {
  splitting: true,
  chunkNames: "[name]-[hash]",
  define: { WORKER: JSON.stringify(worker) },
});
// A service worker keeps its address: the browser asks there whether there is a new one.
await bundle(["src/sw.ts"], { entryNames: "[name]", format: "iife" });
const all = [...files()].map(described);
const manifest = { entries: { ...Object.fromEntries(entries), worker }, files: all };
writeFileSync(path.join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 1)}\n`);
for (const [name, file] of entries) {
  const { bytes, brotli } = all.find((each) => each.name === file);
  console.log(`${name}: ${file}, ${bytes} bytes, ${brotli} with brotli`);
}
