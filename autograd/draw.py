"""The graph as a picture: values are boxes, operations small round nodes."""

from __future__ import annotations

import html
from numbers import Real
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphviz import Digraph

# graphviz-pure writes these.
PORTABLE = ("svg", "png", "jpg", "jpeg", "gv", "dot", "json", "xdot", "plain")
FORMATS = (*PORTABLE, "pdf", "ps", "eps")  # the rest needs a system Graphviz
RANKDIRS = ("LR", "RL", "TB", "BT")

GRAPH_STYLE = {"bgcolor": "transparent", "nodesep": "0.18", "ranksep": "0.3"}
LINE_STYLE = {"fontname": "Helvetica", "color": "#555555", "penwidth": "0.8"}
EDGE_STYLE = {**LINE_STYLE, "fontsize": "9", "fontcolor": "#555555", "arrowsize": "0.6"}
VALUE_STYLE = {**LINE_STYLE, "shape": "box", "style": "rounded,filled"}
VALUE_STYLE |= {"fillcolor": "#ffffff", "fontsize": "11", "margin": "0.06,0.03"}
OP_STYLE = {"shape": "ellipse", "style": "filled", "fillcolor": "#eef2f7"}
OP_STYLE |= {"width": "0.34", "height": "0.34", "margin": "0.04,0.02"}
OP_STYLE |= {"ordering": "in"}  # a - b is not b - a
LEAF_STYLE = {"fillcolor": "#fdf6e3"}
ROOT_STYLE = {"penwidth": "1.6"}


def draw_dot(
    root: Any,
    format: str = "svg",
    rankdir: str = "LR",
    *,
    slopes: bool = False,
    max_nodes: int = 500,
) -> Digraph:
    """Draws the graph that ends in a node, with every value and every gradient.

    A notebook shows the result by itself; `.render("name", format="png")` writes it to
    a file.

    Args:
        root: the node at the end of the graph.
        format: what `.render()` and `.pipe()` write where they are not told otherwise.
        rankdir: where the graph runs to: "LR" is left to right, "TB" top to bottom.
        slopes: also write on each edge the slope of the operation towards that operand.
        max_nodes: the largest graph to draw, in value nodes.

    Returns:
        The picture, a `graphviz.Digraph`.

    Raises:
        TypeError: the root is not a node.
        ValueError: the format or the direction is unknown, or the graph is too large.
        ImportError: the graphviz package is not installed; the message has the command.
    """
    # Here, for it is slow to import and few programs draw.
    from autograd.render import new_picture

    one_of("format", format, FORMATS)
    one_of("rankdir", rankdir, RANKDIRS)
    order = nodes_below(root, max_nodes)
    styles = {
        "graph_attr": {**GRAPH_STYLE, "rankdir": rankdir},
        "node_attr": VALUE_STYLE,
        "edge_attr": EDGE_STYLE,
    }
    picture = new_picture(format=format, **styles)
    # Numbered by their place, never by memory address: the same program gives the same
    # picture.
    names = {node: f"n{i}" for i, node in enumerate(order)}
    for node in order:
        draw_value(picture, names[node], node, is_root=node is root)
        if node.parents:
            draw_operation(picture, names, node, slopes)
    return picture


def one_of(argument: str, given: str, possible: tuple[str, ...]) -> None:
    """Raises a ValueError which lists what is possible, unless that was given."""
    if given not in possible:
        raise ValueError(
            f"unknown {argument} {given!r}; choose one of {', '.join(possible)}"
        )


def nodes_below(root: Any, max_nodes: int) -> list[Any]:
    """Lists the nodes to draw, parents before children, unless they are too many."""
    if not hasattr(root, "topological_order"):
        raise TypeError(
            f"draw_dot draws the graph of one ValueNode, got {type(root).__name__}"
        )
    order: list[Any] = root.topological_order()
    if len(order) > max_nodes:
        raise ValueError(
            f"this graph has {len(order):,} nodes, too many to draw well "
            f"(the limit is {max_nodes:,}); draw a smaller part of it, "
            f"or raise the limit: max_nodes={len(order)}"
        )
    return order


def draw_value(picture: Digraph, name: str, node: Any, is_root: bool) -> None:
    """Adds the box of a value node: its label if any, its value and its gradient."""
    classes, style = ["value"], {}
    if not node.parents:
        classes.append("leaf")
        style.update(LEAF_STYLE)
    if is_root:
        classes.append("root")
        style.update(ROOT_STYLE)
    rows = table_row("value", node.value) + table_row("grad", node.grad)
    if node.label:
        rows = f'<TR><TD COLSPAN="2"><B>{escape(node.label)}</B></TD></TR>{rows}'
    frame = 'BORDER="0" CELLBORDER="0" CELLSPACING="0" CELLPADDING="1"'
    table = f"<TABLE {frame}>{rows}</TABLE>"
    picture.node(name, f"<{table}>", _attributes={"class": " ".join(classes), **style})


def table_row(caption: str, x: float) -> str:
    """Writes a caption and a number as a row of an HTML-like label of Graphviz."""
    name = f'<FONT COLOR="#666666" POINT-SIZE="9">{caption} </FONT>'
    return f'<TR><TD ALIGN="LEFT">{name}</TD><TD ALIGN="RIGHT">{short(x)}</TD></TR>'


def draw_operation(
    picture: Digraph, names: dict[Any, str], node: Any, slopes: bool
) -> None:
    """Adds the operation that made a node, and its edges.

    There is one from each operand to it, and one to the node.
    """
    op = f"{names[node]}_op"
    picture.node(op, f"<{escape(node.op)}>", _attributes={"class": "op", **OP_STYLE})
    for parent, slope in zip(node.parents, node.slopes):
        picture.edge(names[parent], op, label=f" {short(slope)} " if slopes else None)
    picture.edge(op, names[node])


def short(x: Any) -> str:
    """Writes a number with five digits.

    What is no number, a missing slope, is written as "no slope".
    """
    if not isinstance(x, Real):
        return "no slope"
    text = f"{float(x):.5g}"
    return f"{text}.0" if text.lstrip("-").isdigit() else text


def escape(text: Any) -> str:
    """Writes any text so that Graphviz shows it as it stands.

    What cannot be printed is written as Python does it.
    """
    shown = "".join(
        c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in str(text)
    )
    # A label is HTML to Graphviz, except that it also reads \N in it as the name of
    # the node.
    return html.escape(shown).replace("\\", "\\\\").replace("\n", "<BR/>")
