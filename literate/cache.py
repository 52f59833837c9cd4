"""Keep the outcomes of a page as long as nothing they depend on has changed."""

import hashlib
import json
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from literate.blocks import Block
from literate.outcome import Outcome

_HERE = Path(__file__).resolve().parent
_PACKAGES = ("graphviz", "graphviz-pure", "matplotlib", "numpy", "scikit-learn", "tqdm")


def fingerprint(root: Path, page: str, blocks: Sequence[Block]) -> str:
    """Name the state of everything on which the outcomes of a page depend."""
    digest = hashlib.sha256()
    for fact in [page, *map(repr, blocks), sys.version, sys.platform, *map(_version, _PACKAGES)]:
        digest.update(fact.encode() + b"\0")
    for folder in (root / "autograd", root / "bench" / "results", _HERE):
        for path in _files(folder):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def load(root: Path, page: str, key: str) -> list[Outcome] | None:
    """Read the outcomes of a page in that state; None where there are none that can be read."""
    try:
        kept = json.loads(_place(root, page).read_text(encoding="utf-8"))
        if kept["key"] != key:
            return None
        return [_outcome(each) for each in kept["outcomes"]]
    except (OSError, ValueError, TypeError, KeyError):
        return None


def _outcome(kept: dict[str, Any]) -> Outcome:
    after = None if kept["after"] is None else tuple(kept["after"])
    rich = tuple(map(tuple, kept["rich"]))
    return Outcome(**kept | {"rich": rich, "after": after, "needs": tuple(kept["needs"])})


def save(root: Path, page: str, key: str, outcomes: Sequence[Outcome]) -> None:
    """Keep the outcomes of a page without errors; forget what was kept for a page that has some."""
    place = _place(root, page)
    if any(each.error for each in outcomes):
        place.unlink(missing_ok=True)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_suffix(f".{os.getpid()}")
    fresh.write_text(
        json.dumps({"key": key, "outcomes": [asdict(each) for each in outcomes]}), encoding="utf-8"
    )
    fresh.replace(place)


def _place(root: Path, page: str) -> Path:
    """One file a page, so that old states do not pile up."""
    return root / ".cache" / "literate" / f"{page}.json"


def _files(folder: Path) -> list[Path]:
    """List the files that may change what a program prints: not what tools keep in hidden folders."""
    return sorted(
        each
        for each in folder.rglob("*")
        if each.is_file() and each.suffix in (".py", ".json", "") and each.name != "py.typed"
        if not any(part.startswith(".") for part in each.relative_to(folder).parts)
    )


@cache
def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"
