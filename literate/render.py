"""A program on the page: its code, below it what it printed, and what it showed."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from literate import figures, highlight, math
from literate.blocks import Block
from literate.run import Outcome

NARROWEST = 40
"""Characters in a line of output on the narrowest screen."""


@dataclass(frozen=True)
class Figure:
    """A picture's place: `label` for the reader (`Figure 3.2`), `key` for links (`figure-3-2`)."""

    label: str
    key: str


def program(
    block: Block, outcome: Outcome, figure: Figure, place: int | None = None, *, with_text: bool = True
) -> str:
    """The whole of a program, ready for the page.

    Args:
        block: The fence.
        outcome: What came of it.
        figure: The label of its picture, should it have one.
        place: Its place among the programs of the page, by which Run knows it; None where there is no Run.
        with_text: Whether its printed output follows here, and not at an `expect` fence further down.
    """
    code = highlight.block(block.code)
    if title := block.attributes.get("fold"):
        code = f'<details class="fold"><summary>{html.escape(title)}</summary>{code}</details>'
    below = output(outcome) if with_text else ""
    joined = " has-output" if below else ""
    run = "" if place is None else _for_run(block, outcome, place)
    return f'<div class="program{joined}"{run}>{code}{below}</div>{_shown(block, outcome, figure)}'


def _for_run(block: Block, outcome: Outcome, place: int) -> str:
    """What Run has to know of a program."""
    facts = {
        "program": str(place),
        "after": " ".join(map(str, outcome.after or ())),
        "raises": block.attributes.get("raises"),
        "needs": ", ".join(outcome.needs) or None,
        "line": str(block.line),
        "exercise": block.attributes.get("exercise"),
    }
    return "".join(f' data-{name}="{html.escape(fact)}"' for name, fact in facts.items() if fact is not None)


def output(outcome: Outcome, apart_from: int | None = None) -> str:
    """What a program printed, the text of its value, and the error that it was meant to raise.

    Args:
        outcome: What came of the program.
        apart_from: The program's place on the page, for an output that does not stand right below it.
    """
    said = outcome.stdout + "".join(_line(data) for mime, data in outcome.rich if mime == "text/plain")
    said = said.rstrip() + "\n"  # lines that end a text and say nothing need no room
    parts = [f"<pre{_reach(said)}><samp>{html.escape(said)}</samp></pre>"] if said.strip() else []
    if outcome.raised is not None:
        parts.append(_error(outcome.raised))
    whose = "" if apart_from is None else f' data-output="{apart_from}"'
    return (
        f'<div class="output"{whose} role="group" aria-label="Output">{"".join(parts)}</div>' if parts else ""
    )


def _line(text: str) -> str:
    return text if text.endswith("\n") else text + "\n"


def _reach(said: str) -> str:
    """The attribute that lets keys reach, and so scroll, an output that may be wider than the screen."""
    return ' tabindex="0"' if any(len(line) > NARROWEST for line in said.splitlines()) else ""


def _error(raised: str) -> str:
    name, colon, message = raised.partition(":")
    words = f"<strong>{html.escape(name)}</strong>{colon}{html.escape(message)}"
    return f'<pre class="error"><samp>{words}\n</samp></pre>'


def _shown(block: Block, outcome: Outcome, figure: Figure) -> str:
    """Tables and other HTML stand below the program; pictures become one figure."""
    tables = [f'<div class="shown">{data}</div>' for mime, data in outcome.rich if mime == "text/html"]
    pictures = _pictures(block, outcome.pictures, figure, named=outcome.trace is not None)
    return "".join(tables) + (_figure(block, pictures, figure) if pictures else "")


def _pictures(block: Block, pictures: Sequence[tuple[str, str]], figure: Figure, *, named: bool) -> list[str]:
    alt, made = block.attributes.get("alt", ""), []
    for place, (mime, data) in enumerate(pictures, 1):
        key = figure.key if len(pictures) == 1 else f"{figure.key}-{place}"
        if mime == "image/svg+xml":
            described = figures.inline(
                data, key=key, title=figure.label, description=alt, named=named and place == 1
            )
            made.append(described)
        else:
            made.append(figures.image(data, mime, alt=alt))
    return made


def _figure(block: Block, pictures: list[str], figure: Figure) -> str:
    canvas = "".join(f'<div class="canvas">{picture}</div>' for picture in pictures)
    caption = ""
    if text := block.attributes.get("caption"):
        caption = f'<figcaption><span class="label">{figure.label}</span> {math.in_text(text)}</figcaption>'
    return f'<figure class="picture" id="{figure.key}">{canvas}{caption}</figure>'


def recorded(versions: Mapping[str, str]) -> str:
    """The line on a page whose outputs are on record: what they were made with."""
    made = [html.escape(f"{name} {version}") for name, version in versions.items()]
    listed = " and ".join(filter(None, [", ".join(made[:-1]), made[-1]]))
    return f'<p class="recorded">The outputs on this page were recorded with {listed}.</p>'


def plain(block: Block, outcome: Outcome | None) -> str:
    """A program for the search index: its code and its output, without colours and pictures."""
    said = f"<pre>{html.escape(outcome.stdout)}</pre>" if outcome and outcome.stdout.strip() else ""
    return f"<pre><code>{html.escape(block.code)}</code></pre>{said}"
