"""The few words of SVG that a plot needs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape
from itertools import pairwise
from math import hypot
from typing import Any

Place = tuple[float, float]
Pieces = list[list[Place]]
Paint = Callable[[Pieces], str]
Look = dict[str, Any]

COLOURS = {
    "blue": "#5e97c9",
    "ochre": "#a95c04",
    "pink": "#fa2e80",
    "violet": "#8c42fa",
    "grey": "#7f7f7f",
    "ink": "currentColor",
}
STYLES = {"solid": None, "dashed": "6 4", "dotted": "1.5 3"}
MARKS = {
    "dot": "m-{r} 0a{r} {r} 0 1 0 {d} 0a{r} {r} 0 1 0 -{d} 0z",
    "square": "m-{r} -{r}h{d}v{d}h-{d}z",
    "triangle": "m0 -{r}l{r} {d}h-{d}z",
    "diamond": "m0 -{r}l{r} {r}l-{r} {r}l-{r} -{r}z",
}
FAR = 1e4  # so many pixels away, a place is out of sight


def tag(name: str, inside: str = "", **attributes: Any) -> str:
    """Returns an element; an attribute that is None is left out."""
    given = {key.replace("_", "-"): v for key, v in attributes.items() if v is not None}
    pairs = "".join(f' {key}="{escape(str(v))}"' for key, v in given.items())
    return f"<{name}{pairs}>{inside}</{name}>"


def picture(inside: str, width: float, height: float) -> str:
    """Returns a whole picture of a size in pixels, as a file would hold it."""
    return tag(
        "svg",
        inside,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {short(width)} {short(height)}",
        width=short(width),
        height=short(height),
        font_family="sans-serif",
    )


def short(pixels: float, digits: int = 1) -> str:
    """Returns a length in pixels, to a tenth, or to so many digits."""
    return f"{tenth(pixels, digits):g}"


def tenth(pixels: float, digits: int = 1) -> float:
    """Returns a length rounded as `short` does, and not longer than is in sight."""
    return round(max(-FAR, min(pixels, FAR)), digits) + 0.0


def trail(pieces: Pieces, end: str = "") -> str:
    """Returns a path: for each piece a move to its first spot, and steps from there."""
    path = ""
    for piece in pieces:
        spots = [(tenth(x), tenth(y)) for x, y in piece]
        steps = (step(q[0] - p[0], q[1] - p[1]) for p, q in pairwise(spots))
        path += f"M{short(spots[0][0])} {short(spots[0][1])}{''.join(steps)}{end}"
    return path


def step(right: float, down: float) -> str:
    """Returns a step of a path: a level or an upright one needs one length alone."""
    across, along = (f"{round(length, 1) + 0.0:g}" for length in (right, down))
    if down == 0:
        return f"h{across}"
    return f"v{along}" if right == 0 else f"l{across} {along}".replace(" -", "-")


def bends(spots: list[Place], slack: float = 0.1) -> list[Place]:
    """Returns a line of fewer spots, which leaves out none that it would miss by slack.

    The spot furthest from the straight way between two that are kept is kept too, if
    it is too far from it (Douglas and Peucker).
    """
    kept, spans = {0, len(spots) - 1}, [(0, len(spots) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a > 1:
            offs = [off(spot, spots[a], spots[b]) for spot in spots[a + 1 : b]]
            if max(offs) > slack:
                far = a + 1 + offs.index(max(offs))
                kept.add(far)
                spans += [(a, far), (far, b)]
    return [spots[place] for place in sorted(kept)]


def off(spot: Place, start: Place, end: Place) -> float:
    """Returns how far a spot is from the straight way between two others."""
    (x, y), (u, v) = [(p[0] - start[0], p[1] - start[1]) for p in (spot, end)]
    share = max(0.0, min((x * u + y * v) / (u * u + v * v or 1.0), 1.0))
    return hypot(x - share * u, y - share * v)


def stroke(colour: str, style: str = "solid", width: float = 1.0) -> Paint:
    """Returns what draws lines: for spots it gives the element."""
    dash = STYLES[one_of(STYLES, style, "style")]
    look: Look = {"stroke": colour, "stroke_width": width, "stroke_dasharray": dash}
    look["fill"] = "none"
    return lambda pieces: tag("path", d=trail(list(map(bends, pieces))), **look)


def fill(colour: str, opacity: float, crisp: bool = False) -> Paint:
    """Returns what fills polygons; crisp ones touch without a seam."""
    edges = "crispEdges" if crisp else None
    look: Look = {"fill": colour, "fill_opacity": short(opacity, 3)}
    look["shape_rendering"] = edges
    return lambda pieces: tag("path", d=trail(list(map(bends, pieces)), "z"), **look)


def stamp(mark: str, size: float, colour: str) -> Paint:
    """Returns what sets a mark at every spot; `size` is half its width."""
    shape = MARKS[one_of(MARKS, mark, "mark")].format(r=short(size), d=short(2 * size))
    return lambda pieces: tag(
        "path",
        d="".join(f"M{short(x)} {short(y)}{shape}" for p in pieces for x, y in p),
        fill=colour,
    )


def arrow(colour: str) -> Paint:
    """Returns what draws arrows, from the first spot of each piece to the second."""
    shaft, tip = stroke(colour, width=2), fill(colour, 1)
    return lambda pieces: shaft(pieces) + tip([head(a, b) for a, b in pieces])


def head(start: Place, end: Place) -> list[Place]:
    """Returns the triangle at the end of an arrow."""
    (x, y), length = end, hypot(end[0] - start[0], end[1] - start[1]) or 1
    u, v = (9 * (b - a) / length for a, b in zip(start, end))
    return [(x - u - v / 2, y - v + u / 2), end, (x - u + v / 2, y - v - u / 2)]


def write(words: str, x: float, y: float, anchor: str, **look: Any) -> str:
    """Returns a text; half the height of its letters lies above y."""
    look = {"font_size": 12, "fill": "currentColor", "text_anchor": anchor, **look}
    y += 0.35 * look["font_size"]
    return tag("text", escape(words), x=short(x), y=short(y), **look)


def width_of(words: str, size: float = 12) -> float:
    """Returns how wide a text is, about: fonts differ."""
    return 0.56 * size * len(words)


def one_of(options: Iterable[str], name: str, what: str) -> str:
    """Returns the name if it is one of the options."""
    if name not in options:
        raise ValueError(f"no {what} is called {name!r}; there is {', '.join(options)}")
    return name
