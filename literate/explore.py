"""Explore: pictures that a reader can take hold of, as the page shows them before that, or without a script.

Each is a small Python file in browser/src/explore/, which draws by the package itself. The same file runs
here, when the book is built, and in the browser, when the reader moves a slider: so both show the same.
"""

from __future__ import annotations

import html
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from literate import math
from literate.blocks import Block

FOLDER = "browser/src/explore"
LIMIT = 120.0  # seconds that a picture may take

_HERE = Path(__file__).resolve().parent.parent
_DRAW = """
import json, runpy, sys
names = runpy.run_path(sys.argv[1])
values = {control["name"]: control["value"] for control in names["CONTROLS"]}
for _ in range(names.get("MOVES", 0)):
    names["move"](values)
view = names["view"](values)
print(json.dumps({"controls": names["CONTROLS"], "moves": "move" in names, "view": view}, allow_nan=False))
"""


@dataclass(frozen=True)
class Drawn:
    """What the file of a picture gave: its controls, whether it can go on by itself, its first view."""

    controls: Sequence[Mapping[str, Any]]
    moves: bool
    view: Mapping[str, Any]


def draw(root: Path, name: str) -> Drawn:
    """Draw a picture with the package as it stands, in a process of its own.

    Raises:
        ValueError: there is no such picture, or its file failed.
    """
    folder = root / FOLDER
    known = sorted(path.stem for path in folder.glob("*.py"))
    if name not in known:
        raise ValueError(f"{FOLDER}/ has no picture {name!r}; it has {', '.join(known) or 'none'}")
    paths = os.pathsep.join([str(root), str(_HERE)])
    done = subprocess.run(
        [sys.executable, "-c", _DRAW, str(folder / f"{name}.py")],
        env={**os.environ, "PYTHONPATH": paths},
        cwd=root,
        capture_output=True,
        text=True,
        timeout=LIMIT,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"the picture {name!r} could not be drawn:\n{done.stderr.strip()}")
    return Drawn(**json.loads(done.stdout))


def figure(block: Block, drawn: Drawn, script: str | None) -> str:
    """The picture with its numbers; with room for the controls, where there is a script that makes them."""
    name = block.attributes["picture"]
    panels = "".join(f'<div class="panel">{svg}</div>' for svg in drawn.view["pictures"])
    caption = f"<p>{math.in_text(block.attributes['caption'])}</p>"
    tools = ""
    if script:
        facts = json.dumps({"controls": drawn.controls, "moves": drawn.moves}, ensure_ascii=False)
        tools = f'<div class="controls"></div><script type="application/json">{facts}</script>'
        caption += f'<p class="look">{math.in_text(block.attributes["look"])}</p>'
    return (
        f'<figure class="explore" id="{key(block)}" data-explore="{name}">'
        f'<div class="panels">{panels}</div><div class="scroll">{_table(drawn.view["table"])}</div>'
        f"{tools}<figcaption>{caption}</figcaption></figure>"
    )


def key(block: Block) -> str:
    """The id of a picture, for links."""
    return f"explore-{block.attributes['picture']}"


def scripted(script: str | None) -> str:
    """What brings a page's pictures to life; nothing where it was not built."""
    return f'<script type="module" src="{html.escape(script)}"></script>' if script else ""


def plain(block: Block) -> str:
    """A picture for the search index: its words."""
    return f"<p>{html.escape(block.attributes['caption'])}</p>"


def _table(rows: Sequence[Sequence[str]]) -> str:
    """The numbers; a row begins with the colour that it has in the picture."""
    head, *body = rows
    top = "".join(f"<th>{html.escape(cell)}</th>" if cell else "<td></td>" for cell in head[1:])
    lines = "".join(f"<tr>{_cells(ink, cells)}</tr>" for ink, *cells in body)
    return f'<table class="numbers"><thead><tr>{top}</tr></thead><tbody>{lines}</tbody></table>'


def _cells(ink: str, cells: Sequence[str]) -> str:
    kind = f' class="{ink}"' if ink else ""
    first = f"<td{kind}>{html.escape(cells[0])}</td>"
    return first + "".join(f"<td>{html.escape(cell)}</td>" for cell in cells[1:])
