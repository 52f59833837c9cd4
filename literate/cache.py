"""Keep the outcomes of a page as long as nothing they depend on has changed."""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from literate.blocks import Block
from literate.outcome import Outcome

_HERE = Path(__file__).resolve().parent
_PACKAGES = ("graphviz", "graphviz-pure", "matplotlib", "numpy", "scikit-learn", "tqdm")


def place(root: Path, page: str, blocks: Sequence[Block]) -> Path:
    """Name the file which holds, or would hold, the outcomes of a page in its present state."""
    digest = hashlib.sha256()
    for fact in [page, *map(repr, blocks), sys.version, sys.platform, *map(_version, _PACKAGES)]:
        digest.update(fact.encode() + b"\0")
    for path in [*_files(root / "autograd"), *_files(_HERE)]:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return root / ".cache" / "literate" / f"{digest.hexdigest()[:40]}.json"


def load(path: Path) -> list[Outcome] | None:
    """Read outcomes; None where there are none, or what is there cannot be read."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        return [Outcome(**each | {"rich": tuple(map(tuple, each["rich"]))}) for each in kept]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def save(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Keep the outcomes of a page without errors; forget what was kept for a page that has some."""
    outcomes = list(outcomes)
    if any(each.error for each in outcomes):
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps([asdict(each) for each in outcomes]), encoding="utf-8")
    fresh.replace(path)


def _files(folder: Path) -> list[Path]:
    return sorted(
        each
        for each in folder.rglob("*")
        if each.is_file() and each.suffix in (".py", "") and each.name != "py.typed"
    )


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
