"""The peers environment: a Python beside the book's own, for pages that need PyTorch, JAX or ONNX.

Few readers have it, so what such a page prints is recorded (`record.py`). A page asks for it in its front
matter, by `environment: peers`.
"""

import ast
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from literate.blocks import Block
from literate.errors import PageError

PINS = "bench/peers.txt"

_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?\n)(?:---|\.\.\.)[ \t]*\n", re.DOTALL)
_ENVIRONMENT = re.compile(r"^environment:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_PIN = re.compile(r"^([\w.-]+)\s*==\s*([\w.!+-]+)", re.MULTILINE)
_ASK = """
import json, platform, sys
from importlib.metadata import packages_distributions, version
found = packages_distributions()
names = sorted({name for module in sys.argv[1:] for name in found.get(module, ())})
print(json.dumps({"Python": platform.python_version()} | {name: version(name) for name in names}))
"""


def wanted(text: str, page: str) -> bool:
    """Tell whether a page runs in the peers environment.

    Raises:
        PageError: when its front matter names another environment.
    """
    front = _FRONT_MATTER.match(text.replace("\r\n", "\n"))
    found = _ENVIRONMENT.search(front[0]) if front else None
    if front and found and found[1] != "peers":
        line = front[0].count("\n", 0, found.start()) + 1
        raise PageError(page, line, f"there is no environment {found[1]!r}; a page may ask for `peers`")
    return found is not None


def python(root: Path) -> Path | None:
    """Find the Python of the peers environment; None on a machine that has none.

    It is `.venv-peers/`, unless `BOOK_PEERS` names another Python; empty, that says that there is none.

    Raises:
        FileNotFoundError: when `BOOK_PEERS` names what is not there.
    """
    named = os.environ.get("BOOK_PEERS")
    if named is None:
        inner = "Scripts/python.exe" if os.name == "nt" else "bin/python"
        place = root / ".venv-peers" / inner
        return place if place.exists() else None
    if named and not Path(named).exists():
        raise FileNotFoundError(f"BOOK_PEERS names {named}, which is not there")
    return Path(named).absolute() if named else None  # not resolved: the link is what makes the environment


def versions(there: Path, programs: Iterable[Block]) -> dict[str, str]:
    """Ask the environment for its Python's version and those of the packages which the programs import."""
    command = [str(there), "-I", "-c", _ASK, *_imported(programs)]
    asked = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    return {name: _public(version) for name, version in json.loads(asked.stdout).items()}


def pins(root: Path) -> dict[str, str]:
    """Read the versions that belong together from `bench/peers.txt`."""
    path = root / PINS
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return {name: _public(version) for name, version in _PIN.findall(text)}


def _imported(programs: Iterable[Block]) -> set[str]:
    """Name the packages which programs import, less Python's own and the book's."""
    names = set()
    for program in programs:
        for node in ast.walk(ast.parse(program.code)):
            if isinstance(node, ast.Import):
                names |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                names.add(node.module.partition(".")[0])
    return names - sys.stdlib_module_names - {"autograd"}


def _public(version: str) -> str:
    """Leave out which build it is: `2.13.0` for `2.13.0+cpu`."""
    return version.partition("+")[0]
