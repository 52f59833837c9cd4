"""Step: below a graph with a backward pass, the recorded pass as a table, and what the player needs of it.

Without JavaScript the table is all there is. The player (browser/src/player.ts) reads the sentences from the
table, and which nodes and edges they speak of from a few numbers beside it.
"""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograd.draw import short
from literate import listing
from literate.render import Figure

LINES = "step-lines"
PATHS = 3  # so many paths to an edge are shown one by one
HEAD = ("", "What happens", "Slope", "Contribution", "Adjoint", "Line")


@dataclass(frozen=True)
class Row:
    """One step: its cells as HTML, and its facts for the player.

    The facts begin with the kind of the step: `leaves`, `make` a node, `start` at the end, `hand` on to a
    parent, `over` a node that has nothing to hand on.
    """

    cells: Sequence[str]
    facts: Sequence[object]


def section(trace: str, figure: Figure, links: listing.Links) -> str:
    """The part below a figure that steps through its graph, folded."""
    told = json.loads(trace)
    rows = list(_rows(told, links))
    facts = {"file": told["file"], "listing": told["listing"]}
    facts |= {"nodes": [_node(node) for node in told["nodes"]], "steps": [row.facts for row in rows]}
    label = html.escape(f"Steps of {figure.label}" if figure.label != "Picture" else "Steps of the graph")
    return (
        f'<details class="step" data-figure="{figure.key}" data-label="{label}">'
        f"<summary>Step through this graph</summary>{_table(rows, label)}"
        f'<script type="application/json">{_json(facts)}</script></details>'
    )


def shared(traces: Iterable[str], links: listing.Links, root: Path) -> str:
    """What all players of a page share: the lines of source that they light up, and the script."""
    if links.player is None:
        return ""
    wanted: dict[str, set[int]] = {}
    for trace in map(json.loads, traces):
        wanted.setdefault(trace["file"], set()).update(trace["listing"])
        for node in trace["nodes"]:
            if row := node.get("row"):
                wanted.setdefault(row[0], set()).update(range(row[1], row[2] + 1))
    boxes = "".join(_lines(file, sorted(numbers), links, root) for file, numbers in wanted.items())
    script = f'<script type="module" src="{html.escape(links.player)}"></script>'
    return f'<template id="{LINES}">{boxes}</template>{script}'


def _lines(file: str, numbers: Sequence[int], links: listing.Links, root: Path) -> str:
    address = html.escape(links.source(file, numbers[-1]))
    name = f'<a class="file" href="{address}">{html.escape(file)}</a>'
    name += ' <a class="told" href="">explained here</a>'  # the player says where "here" is, line by line
    rows = listing.lines(root / file, numbers)
    return f'<div class="source" data-file="{html.escape(file)}"><p>{name}</p>{rows}</div>'


def _node(node: dict[str, Any]) -> list[object]:
    """For the player: name, whether the picture shows that name, operands, slopes, the row of the table."""
    facts: list[object] = [node["name"], int(node["labelled"])]
    if "operands" in node:
        facts += [node["operands"], [short(slope) for slope in node["slopes"]], node["row"]]
    return facts


def _rows(trace: dict[str, Any], links: listing.Links) -> Iterator[Row]:
    nodes = trace["nodes"]
    leaves = [f"{_name(node)} = {short(node['value'])}" for node in nodes if "operands" not in node]
    yield Row((f"The leaves are given: {', '.join(leaves)}.", "", "", "", ""), ["leaves"])
    for place, node in enumerate(nodes):
        if "operands" in node:
            yield _made(nodes, place, links)
    for step in trace["steps"]:
        yield _back(nodes, step, trace["file"], links)


def _made(nodes: Sequence[dict[str, Any]], place: int, links: listing.Links) -> Row:
    """A node is computed, and the slopes of its operation are kept."""
    node = nodes[place]
    formula = f"{_name(node)} = {html.escape(node['formula'])} = {html.escape(node['worked'])}"
    kept = [
        f"{short(slope)} towards {_name(nodes[operand])}"
        for operand, slope in zip(node["operands"], node["slopes"], strict=True)
    ]
    noun = "slope is" if len(kept) == 1 else "slopes are"
    says = f"{formula} = {short(node['value'])}. The {noun} kept: {', '.join(kept)}."
    link = _link(node["row"][0], node["row"][1], links) if node["row"] else ""
    return Row((says, ", ".join(map(short, node["slopes"])), "", "", link), ["make", place])


def _back(nodes: Sequence[dict[str, Any]], step: dict[str, Any], file: str, links: listing.Links) -> Row:
    line = step["line"]
    link = _link(file, line, links)
    if "parent" not in step:
        says = f"{_name(nodes[step['node']])} has the adjoint 0.0 and hands nothing on."
        return Row((says, "", "", "", link), ["over", step["node"], line])
    parent = _name(nodes[step["parent"]])
    before, after, added = short(step["before"]), short(step["after"]), short(step["contribution"])
    change = f"{before} → {after}"
    if "node" not in step:
        says = f"The way back begins at {parent}. All adjoints are 0.0; that of {parent} becomes {after}."
        return Row((says, "", added, change, link), ["start", step["parent"], line, added, before, after])
    node = nodes[step["node"]]
    adjoint, slope = short(step["adjoint"]), short(step["slope"])
    which = ""
    if node["operands"].count(step["parent"]) > 1:
        which = f", its operand {step['operand'] + 1}"
    says = (
        f"{_name(node)} hands on to {parent}{which}: its adjoint {adjoint} times the slope {slope} "
        f"is {added}. The adjoint of {parent} goes from {before} to {after}."
    )
    product = f"{adjoint} · {f'({slope})' if slope.startswith('-') else slope} = {added}"
    facts = ["hand", step["parent"], line, added, before, after, step["node"], step["operand"], adjoint]
    facts.append(_paths(nodes, step["node"], step["operand"]))
    return Row((says, slope, product, change, link), facts)


def _paths(nodes: Sequence[dict[str, Any]], node: int, operand: int) -> list[list[object]] | int:
    """The paths from the end that use an edge last: nodes, slopes, product; how many, if they are many."""
    counts = [0] * len(nodes)
    counts[-1] = 1
    for place in range(len(nodes) - 1, node, -1):
        for parent in nodes[place].get("operands", ()):
            counts[parent] += counts[place]
    if counts[node] > PATHS:
        return counts[node]
    return [
        [[*way, nodes[node]["operands"][operand]], [*map(short, slopes)], short(math.prod(slopes))]
        for way, slopes in _ways(nodes, node, nodes[node]["slopes"][operand])
    ]


def _ways(nodes: Sequence[dict[str, Any]], node: int, last: float) -> Iterator[tuple[list[int], list[float]]]:
    """Every way from the end to a node, and the slopes along it, with the last one added."""
    if node == len(nodes) - 1:
        yield [node], [last]
    for child in range(len(nodes) - 1, node, -1):
        operands = zip(nodes[child].get("operands", ()), nodes[child].get("slopes", ()), strict=True)
        for operand, slope in operands:
            if operand == node:
                for way, slopes in _ways(nodes, child, slope):
                    yield [*way, node], [*slopes, last]


def _name(node: dict[str, Any]) -> str:
    return f"<var>{html.escape(node['name'])}</var>"


def _link(file: str, line: int, links: listing.Links) -> str:
    told = links.told(file, line) if links.told else None
    address = html.escape(told.address if told else links.source(file, line))
    return f'<a href="{address}">{html.escape(file.rpartition("/")[2])}:{line}</a>'


def _table(rows: Sequence[Row], label: str) -> str:
    head = "".join(f"<th>{name}</th>" for name in HEAD)
    body = "".join(_line(number, row) for number, row in enumerate(rows))
    return (
        f'<div class="steps"><table class="steps" aria-label="{label}">'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _line(number: int, row: Row) -> str:
    cells = "".join(f"<td>{cell}</td>" for cell in row.cells)
    return f"<tr><th>{number}</th>{cells}</tr>"


def _json(facts: object) -> str:
    """JSON that can stand in HTML: no tag can end it."""
    return json.dumps(facts, separators=(",", ":"), ensure_ascii=False).replace("<", "\\u003c")
