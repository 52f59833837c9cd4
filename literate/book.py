"""The book as a whole: its pages, and one check of them all without any site generator."""

from collections.abc import Iterable
from pathlib import Path


def pages(root: Path) -> list[Path]:
    """List every Markdown file below `docs/`, sorted."""
    return sorted((root / "docs").rglob("*.md"))


def check(root: Path, only: Iterable[Path] | None = None) -> list[str]:
    """Run pages and say what is wrong, each problem with page and line; no problem, no entry.

    Args:
        root: The folder that has `docs/` and `autograd/`.
        only: The pages to run. Without it: every page, and the ledger too.
    """
    raise NotImplementedError
