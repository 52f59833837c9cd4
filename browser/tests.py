"""Tests of what runs in browsers, on Node: `python -m browser.tests check`, or `suite`.

`check` looks at types and form of the scripts. `suite` runs the engine's own tests on the browser's Python.
Both need packages from npm and PyPI. Where those cannot be had, a reader's machine is told so; in CI that is
an error.
"""

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from literate import npm
from literate.errors import RunError

ROOT = Path(__file__).parent.parent
BROWSER = ROOT / "browser"
PACKAGES = ROOT / ".cache" / "browser-python"
ORACLES = ("pytest", "hypothesis", "mpmath", "sympy", "graphviz")
# The Python that Pyodide 314 is, as pip calls it.
PLATFORM = ("--platform", "pyemscripten_2026_0_wasm32", "--python-version", "3.14", "--implementation", "cp")


def check() -> list[str]:
    """Give the command that looks at types and form of the scripts."""
    _, manager = npm.install(BROWSER)
    return [*manager, "run", "--silent", "check"]


def suite() -> list[str]:
    """Give the command that runs the engine's tests on the browser's Python."""
    node, _ = npm.install(BROWSER)
    return [node, "suite.mjs", str(oracles())]


def oracles() -> Path:
    """Install for the browser's Python what the tests import; the versions are those of this one."""
    pins = (ROOT / "constraints.txt").read_bytes()
    state = hashlib.sha256(b"".join([pins, *map(str.encode, ORACLES + PLATFORM)])).hexdigest()
    stamp = PACKAGES / ".made"
    if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
        return PACKAGES
    shutil.rmtree(PACKAGES, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PLATFORM]
    options = [
        "--only-binary=:all:",
        "--constraint",
        str(ROOT / "constraints.txt"),
        "--target",
        str(PACKAGES),
    ]
    done = subprocess.run([*pip, *options, *ORACLES], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-4:]
        raise RunError("\n".join(["pip cannot bring the packages for the browser's Python:", *said]))
    stamp.write_text(state, encoding="utf-8")
    return PACKAGES


def main(arguments: Sequence[str]) -> int:
    """Run one of the two, with further arguments for pytest; give its exit code."""
    tests = {"check": check, "suite": suite}
    if not arguments or arguments[0] not in tests:
        print(f"say which: python -m browser.tests {' or '.join(tests)}", file=sys.stderr)
        return 2
    try:
        command = tests[arguments[0]]()
    except RunError as error:
        print(f"the browser's part is not tested ({arguments[0]}): {error}", file=sys.stderr)
        return int(os.environ.get("CI") == "true")
    return subprocess.run([*command, *arguments[1:]], cwd=BROWSER, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
