// The engine's own tests on a second interpreter: the Python that runs in readers' browsers, here in Node.
//
//   node browser/suite.mjs PACKAGES [pytest's arguments]
//
// PACKAGES is a folder with pytest and the oracles, installed for that Python (browser/tests.py fills it).
import { writeSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { Worker, isMainThread } from "node:worker_threads";
import { loadPyodide } from "pyodide";

async function main([packages, ...wishes]) {
  const root = fileURLToPath(new URL("..", import.meta.url));
  const python = await loadPyodide({ env: { HOME: "/home", PYTHONHASHSEED: "0" } });
  for (const [place, folder] of [
    ["/book", root],
    ["/packages", packages],
  ]) {
    python.FS.mkdirTree(place);
    python.FS.mount(python.FS.filesystems.NODEFS, { root: folder }, place);
  }
  // In a thread, process.stdout has no file of its own.
  python.setStdout({ write: (bytes) => writeSync(1, bytes) });
  python.setStderr({ write: (bytes) => writeSync(2, bytes) });
  python.setStdin({ stdin: () => null });
  python.globals.set("wishes", python.toPy(wishes));
  process.exitCode = await python.runPythonAsync(`
import os, sys
sys.path[:0] = ["/book", "/book/browser", "/book/browser/src", "/packages"]
sys.dont_write_bytecode = True
os.chdir("/book")
import suite
suite.main(list(wishes))
`);
}

if (isMainThread) {
  // Python's stack is JavaScript's: a thread of its own may have one that is deep enough for the assertions of pytest.
  const deep = new Worker(new URL(import.meta.url), {
    argv: process.argv.slice(2),
    resourceLimits: { stackSizeMb: 64 },
  });
  deep.on("exit", (code) => (process.exitCode = code));
} else {
  await main(process.argv.slice(2));
}
