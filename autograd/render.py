"""Turns a drawing into a file: which program is used, and how graphviz is told."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

from autograd.draw import PORTABLE

if TYPE_CHECKING:
    from graphviz import Digraph

INSTALL = 'pip install "autograd-engine[draw]"'
ONE_AT_A_TIME = RLock()  # see renderer_for


class Rendered:
    """A mixin for `graphviz.Digraph`: it renders with what `find_renderer` finds.

    It is quiet unless told otherwise: the program warns of every letter whose width it
    has to guess.
    """

    format: str

    def pipe(self, format: str | None = None, **options: Any) -> Any:
        """Returns the picture as bytes, or as text where `encoding` is given.

        See `graphviz.Digraph.pipe`.
        """
        options = {"quiet": True, **options}
        with renderer_for(format or self.format):
            return super().pipe(format, **options)  # type: ignore[misc]

    def render(
        self, filename: Any = None, directory: Any = None, **options: Any
    ) -> Any:
        """Writes the source and the picture to files; see `graphviz.Digraph.render`."""
        options = {"directory": directory, "quiet": True, **options}
        suffix = Path(options.get("outfile") or "").suffix.removeprefix(".")
        with renderer_for(options.get("format") or suffix or self.format):
            return super().render(filename, **options)  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        # Pickle would look for the class in this module, in vain.
        return new_picture, (), self.__dict__


@cache
def picture_class() -> Any:
    """Returns the class of our pictures.

    It is made when the first is drawn, for graphviz is optional.
    """
    try:
        from graphviz import Digraph
    except ImportError:
        message = f"drawing needs the graphviz package: {INSTALL}"
        raise ImportError(message, name="graphviz") from None
    return type("Picture", (Rendered, Digraph), {"__module__": __name__})


def new_picture(**options: Any) -> Digraph:
    """Returns an empty picture; the options are those of `graphviz.Digraph`."""
    return picture_class()(**options)


@contextmanager
def renderer_for(format: str) -> Iterator[None]:
    """Lets the graphviz package run the program that we found.

    It gets back its own afterwards. The package keeps the name of the program in one
    place for all graphs, so only one of ours renders at a time.
    """
    from graphviz.backend import dot_command

    program = find_renderer(format)
    with ONE_AT_A_TIME:
        before, dot_command.DOT_BINARY = dot_command.DOT_BINARY, program
        try:
            yield
        finally:
            dot_command.DOT_BINARY = before


def find_renderer(format: str) -> Path:
    """Returns the program to run.

    That is graphviz-pure if it writes the format, else a system Graphviz.

    Raises:
        RuntimeError: this machine has no such program; the message says what to
            install.
    """
    folders = os.pathsep.join(script_folders())
    pure = shutil.which("graphviz-pure", path=folders) or shutil.which("graphviz-pure")
    program = pure if pure and format in PORTABLE else shutil.which("dot")
    if program:
        return Path(program)
    if pure:
        raise RuntimeError(
            f"the format {format!r} needs a system Graphviz, a program called dot; "
            f"without one there is {', '.join(PORTABLE)}"
        )
    raise RuntimeError(f"found no program that draws graphs: {INSTALL}")


def script_folders() -> Iterator[str]:
    """Yields the folders in which pip may have put a program for this Python."""
    from importlib.metadata import PackageNotFoundError, files

    yield str(Path(sys.executable).parent)
    yield sysconfig.get_path("scripts")
    try:
        installed = files("graphviz-pure") or []
    except PackageNotFoundError:
        return
    yield from (
        str(Path(f.locate()).parent) for f in installed if f.stem == "graphviz-pure"
    )
