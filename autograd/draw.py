"""The graph as a picture: values as boxes, operations as small round nodes, edges from operand to result."""

from __future__ import annotations

import html
import os
import shutil
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from numbers import Real
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphviz import Digraph

INSTALL = 'pip install "autograd-engine[draw]"'
PORTABLE = ("svg", "png", "jpg", "jpeg", "gv", "dot", "json", "xdot", "plain")  # graphviz-pure writes these
FORMATS = (*PORTABLE, "pdf", "ps", "eps")  # the rest needs a system Graphviz
RANKDIRS = ("LR", "RL", "TB", "BT")
ONE_AT_A_TIME = RLock()  # see renderer_for

GRAPH_STYLE = {"bgcolor": "transparent", "nodesep": "0.18", "ranksep": "0.3"}
LINE_STYLE = {"fontname": "Helvetica", "color": "#555555", "penwidth": "0.8"}
EDGE_STYLE = {**LINE_STYLE, "fontsize": "9", "fontcolor": "#555555", "arrowsize": "0.6"}
VALUE_STYLE = {**LINE_STYLE, "shape": "box", "style": "rounded,filled", "fillcolor": "#ffffff"}
VALUE_STYLE |= {"fontsize": "11", "margin": "0.06,0.03"}
OP_STYLE = {"shape": "ellipse", "style": "filled", "fillcolor": "#eef2f7"}
OP_STYLE |= {"width": "0.34", "height": "0.34", "margin": "0.04,0.02", "ordering": "in"}  # a - b is not b - a
LEAF_STYLE = {"fillcolor": "#fdf6e3"}
ROOT_STYLE = {"penwidth": "1.6"}


def draw_dot(
    root: Any, format: str = "svg", rankdir: str = "LR", *, slopes: bool = False, max_nodes: int = 500
) -> Digraph:
    """Draws the graph that ends in a node, with the value and the gradient of every node in it.

    A notebook shows the result by itself; `.render("name", format="png")` writes it to a file.

    Args:
        root: the node at the end of the graph.
        format: what `.render()` and `.pipe()` write where they are not told otherwise.
        rankdir: where the graph runs to: "LR" is left to right, "TB" top to bottom.
        slopes: also write on each edge the slope of the operation towards that operand.
        max_nodes: the largest graph to draw, in value nodes.

    Raises:
        TypeError: the root is not a node.
        ValueError: the format or the direction is unknown, or the graph is too large.
        ImportError: the graphviz package is not installed; the message has the command.
    """
    one_of("format", format, FORMATS)
    one_of("rankdir", rankdir, RANKDIRS)
    order = nodes_below(root, max_nodes)
    styles = {
        "graph_attr": {**GRAPH_STYLE, "rankdir": rankdir},
        "node_attr": VALUE_STYLE,
        "edge_attr": EDGE_STYLE,
    }
    picture = new_picture(format=format, **styles)
    # Numbered by their place, never by memory address: the same program gives the same picture.
    names = {node: f"n{i}" for i, node in enumerate(order)}
    for node in order:
        draw_value(picture, names[node], node, is_root=node is root)
        if node.parents:
            draw_operation(picture, names, node, slopes)
    return picture


def one_of(argument: str, given: str, possible: tuple[str, ...]) -> None:
    """Raises a ValueError which lists what is possible, unless that is what was given."""
    if given not in possible:
        raise ValueError(f"unknown {argument} {given!r}; choose one of {', '.join(possible)}")


def nodes_below(root: Any, max_nodes: int) -> list[Any]:
    """Lists the nodes to draw, parents before children, unless they are too many to be seen."""
    if not hasattr(root, "topological_order"):
        raise TypeError(f"draw_dot draws the graph of one ValueNode, got {type(root).__name__}")
    order: list[Any] = root.topological_order()
    if len(order) > max_nodes:
        raise ValueError(
            f"this graph has {len(order):,} nodes, too many to draw well (the limit is {max_nodes:,}); "
            f"draw a smaller part of it, or raise the limit: max_nodes={len(order)}"
        )
    return order


def draw_value(picture: Digraph, name: str, node: Any, is_root: bool) -> None:
    """Adds the box of a value node: its label if it has one, its value and its gradient."""
    classes, style = ["value"], {}
    if not node.parents:
        classes.append("leaf")
        style.update(LEAF_STYLE)
    if is_root:
        classes.append("root")
        style.update(ROOT_STYLE)
    label = f'<TR><TD COLSPAN="2"><B>{escape(node.label)}</B></TD></TR>' if node.label else ""
    rows = label + table_row("value", node.value) + table_row("grad", node.grad)
    table = f'<TABLE BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1">{rows}</TABLE>'
    picture.node(name, f"<{table}>", _attributes={"class": " ".join(classes), **style})


def table_row(caption: str, x: float) -> str:
    """Writes a caption and a number as a row of an HTML-like label of Graphviz."""
    return (
        f'<TR><TD ALIGN="LEFT"><FONT COLOR="#666666" POINT-SIZE="9">{caption} </FONT></TD>'
        f'<TD ALIGN="RIGHT">{short(x)}</TD></TR>'
    )


def draw_operation(picture: Digraph, names: dict[Any, str], node: Any, slopes: bool) -> None:
    """Adds the operation that made a node, an edge from each operand to it, and one to the node."""
    op = f"{names[node]}_op"
    picture.node(op, f"<{escape(node.op)}>", _attributes={"class": "op", **OP_STYLE})
    for parent, slope in zip(node.parents, node.slopes):
        picture.edge(names[parent], op, label=f" {short(slope)} " if slopes else None)
    picture.edge(op, names[node])


def short(x: Any) -> str:
    """Writes a number with five digits, and what is no number, a missing slope, as "no slope"."""
    if not isinstance(x, Real):
        return "no slope"
    text = f"{float(x):.5g}"
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def escape(text: Any) -> str:
    """Writes any text so that Graphviz shows it as it stands; what cannot be printed, as Python does."""
    shown = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(text))
    # A label is HTML to Graphviz, except that it also reads \N in it as the name of the node.
    return html.escape(shown).replace("\\", "\\\\").replace("\n", "<BR/>")


class Rendered:
    """A mixin for `graphviz.Digraph` that renders with the program found by `find_renderer`.

    It is quiet unless told otherwise: the program warns of every letter whose width it has to guess.
    """

    format: str

    def pipe(self, format: str | None = None, **options: Any) -> Any:
        """Returns the picture as bytes, or as text where `encoding` is given; see `graphviz.Digraph.pipe`."""
        with renderer_for(format or self.format):
            return super().pipe(format, **{"quiet": True, **options})  # type: ignore[misc]

    def render(self, filename: Any = None, directory: Any = None, **options: Any) -> Any:
        """Writes the source and the picture to files; see `graphviz.Digraph.render`."""
        suffix = Path(options.get("outfile") or "").suffix.removeprefix(".")
        with renderer_for(options.get("format") or suffix or self.format):
            return super().render(filename, directory=directory, **{"quiet": True, **options})  # type: ignore[misc]

    def __reduce__(self) -> tuple[Any, ...]:
        return new_picture, (), self.__dict__  # pickle would look for the class in this module, in vain


@cache
def picture_class() -> Any:
    """Returns the class of our pictures, made when the first is drawn, for graphviz is optional."""
    try:
        from graphviz import Digraph
    except ImportError:
        raise ImportError(f"drawing needs the graphviz package: {INSTALL}", name="graphviz") from None
    return type("Picture", (Rendered, Digraph), {"__module__": __name__})


def new_picture(**options: Any) -> Digraph:
    """Returns an empty picture; the options are those of `graphviz.Digraph`."""
    return picture_class()(**options)


@contextmanager
def renderer_for(format: str) -> Iterator[None]:
    """Lets the graphviz package run the program that we found, and gives it back its own afterwards.

    The package keeps the name of the program in one place for all graphs, so only one of ours renders
    at a time.
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
    """Returns the program to run: graphviz-pure if it writes the format, else a system Graphviz.

    Raises:
        RuntimeError: this machine has no such program; the message says what to install.
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
    yield from (str(Path(f.locate()).parent) for f in installed if f.stem == "graphviz-pure")
