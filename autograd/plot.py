"""A plot: numbers and two axes go in, a picture in SVG comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from math import inf, isfinite
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple

from autograd.contour import contour, grid, region
from autograd.frame import Frame
from autograd.scale import Axis, Scale
from autograd.svg import (
    COLOURS,
    Paint,
    Pieces,
    Place,
    arrow,
    fill,
    one_of,
    picture,
    short,
    stamp,
    stroke,
    tag,
    width_of,
    write,
)

__all__ = ["Axis", "Panels", "Plot"]

TURNS = ("blue", "ochre", "pink", "violet")
SHADES = 24  # so many can hardly be told apart


class Layer(NamedTuple):
    """Something drawn: where, how it is painted there, what the legend says of it."""

    pieces: Pieces
    paint: Paint
    label: str = ""
    sample: tuple[float, ...] = (0, 22)  # its spots in the legend


class Plot:
    """A picture of numbers, which shows itself as SVG.

    Each method that draws gives the plot back, so calls can be chained, and the last
    one in a cell of a notebook shows the picture. What comes later lies above.

    Args:
        x: the axis to the right; a string is its name.
        y: the axis upwards, likewise.
        title: stands above.
        width: of the whole, in pixels.
        height: of the whole, in pixels.
        equal: a unit is as long upwards as to the right, and `height` follows.
        bare: without axes, ticks and grid.
    """

    def __init__(
        self,
        x: str | Axis = "",
        y: str | Axis = "",
        title: str = "",
        *,
        width: float = 500,
        height: float = 310,
        equal: bool = False,
        bare: bool = False,
    ) -> None:
        self.x = Axis(x) if isinstance(x, str) else x
        self.y = Axis(y) if isinstance(y, str) else y
        self.title, self.width, self.height = title, width, height
        self.equal, self.bare = equal, bare
        self.layers: list[Layer] = []
        self.turns = 0

    def line(
        self,
        xs: Iterable[Any],
        ys: Iterable[Any] | None = None,
        label: str = "",
        *,
        colour: str = "",
        style: str = "solid",
        width: float = 1.8,
        mark: str = "",
    ) -> Plot:
        """Joins points by a line.

        Args:
            xs: the first coordinates, numbers or nodes. If they come alone, they are
                the second, and the first are 0, 1, 2 and so on.
            ys: the second coordinates.
            label: its words in the legend.
            colour: one of `COLOURS`; without one, the lines of a plot take turns.
            style: solid, dashed or dotted.
            width: in pixels.
            mark: one of `MARKS`, for every point.

        Raises:
            ValueError: there is no point, or not as many of one coordinate as of the
                other, or a number is not finite, or a name is not known.
        """
        colour = self.ink(colour)
        paint = stroke(colour, style, width)
        if mark:
            line, marks = paint, stamp(mark, 1.2 + width, colour)
            paint = lambda pieces: line(pieces) + marks(pieces)
        return self.add([places(xs, ys)], paint, label)

    def points(
        self,
        xs: Iterable[Any],
        ys: Iterable[Any] | None = None,
        label: str = "",
        *,
        colour: str = "",
        mark: str = "dot",
        size: float = 3,
    ) -> Plot:
        """Sets a mark at each point, as `line` does; `size` is half its width."""
        paint = stamp(mark, size, self.ink(colour))
        return self.add([places(xs, ys)], paint, label, (11,))

    def area(
        self,
        xs: Iterable[Any],
        ys: Iterable[Any],
        *,
        colour: str = "",
        opacity: float = 0.3,
    ) -> Plot:
        """Fills the polygon with these corners.

        Args:
            xs: the first coordinates, numbers or nodes.
            ys: the second coordinates.
            colour: as in `line`.
            opacity: from 0, which is nothing, to 1, which hides what lies below.
        """
        return self.add([places(xs, ys)], fill(self.ink(colour), opacity))

    def field(
        self,
        f: Callable[[float, float], Any],
        x: tuple[float, float],
        y: tuple[float, float],
        *,
        tints: tuple[str, str] | tuple[()] = ("blue", "ochre"),
        levels: Iterable[float] = (0.0,),
        colour: str = "ink",
        cells: int = 40,
    ) -> Plot:
        """Shows a function of two variables, by its sign and its lines of one height.

        Args:
            f: gives a number, or a node, for two coordinates.
            x: from where to where.
            y: from where to where.
            tints: the colours of where it is below and above 0; an empty one, or
                none at all, leaves the paper as it is.
            levels: the heights of the lines; the line at 0 is the strong one.
            colour: of the lines.
            cells: how many squares in a row, and how many in a column.

        Axes without limits get those of the field.
        """
        cut = [[a + (b - a) * i / cells for i in range(cells + 1)] for a, b in (x, y)]
        if self.x.limits is self.y.limits is None:
            self.x, self.y = replace(self.x, limits=x), replace(self.y, limits=y)
        ground = grid(lambda u, v: number(f(u, v)), *cut)
        for sign, tint in zip((-1, 1), tints):
            if tint:
                self.add(region(ground, sign), fill(self.ink(tint), 0.2))
        for level in levels:
            paint = stroke(self.ink(colour), width=0.7 if level else 1.6)
            self.add(contour(ground, level), paint)
        return self

    def cells(
        self,
        rows: Iterable[Iterable[Any]],
        limit: float = 0.0,
        *,
        tints: tuple[str, str] = ("blue", "ochre"),
    ) -> Plot:
        """Shows a table of numbers as squares, the stronger the larger the number.

        Args:
            rows: from top to bottom, each from left to right, of numbers or nodes.
            limit: the size that gets the full colour; by default the largest.
            tints: the colours of numbers below and above 0.

        A square is one unit wide. Axes without limits get those of the table.
        """
        table = [list(map(number, row)) for row in rows]
        most = limit or max(abs(v) for row in table for v in row) or 1.0
        shades: dict[tuple[str, int], Pieces] = {}
        for i, row in enumerate(reversed(table)):
            for j, value in enumerate(row):
                shade = tints[value > 0], min(round(SHADES * abs(value) / most), SHADES)
                square = [(j, i), (j + 1.0, i), (j + 1.0, i + 1.0), (j, i + 1.0)]
                shades.setdefault(shade, []).append(square)
        if self.x.limits is self.y.limits is None:
            self.x = replace(self.x, limits=(0, len(table[0])))
            self.y = replace(self.y, limits=(0, len(table)))
        for (tint, step), squares in shades.items():
            self.add(squares, fill(self.ink(tint), step / SHADES, crisp=True))
        return self

    def across(self, y: float, label: str = "", **look: Any) -> Plot:
        """Draws a guide from side to side.

        Args:
            y: how high it lies.
            label: its words in the legend.
            look: colour, style and width as in `line`; by default dashed, in ink.
        """
        return self.guide([(-inf, number(y)), (inf, number(y))], label, **look)

    def upright(self, x: float, label: str = "", **look: Any) -> Plot:
        """Draws a guide from bottom to top.

        Args:
            x: how far to the right it stands.
            label: its words in the legend.
            look: colour, style and width as in `line`; by default dashed, in ink.
        """
        return self.guide([(number(x), -inf), (number(x), inf)], label, **look)

    def guide(
        self,
        ends: list[Place],
        label: str,
        *,
        colour: str = "ink",
        style: str = "dashed",
        width: float = 1,
    ) -> Plot:
        """Draws a straight line whose ends may be out of sight."""
        return self.add([ends], stroke(self.ink(colour), style, width), label)

    def arrow(
        self, start: Place, end: Place, label: str = "", *, colour: str = "ink"
    ) -> Plot:
        """Draws an arrow from one point to another.

        Args:
            start: where it begins, a pair of coordinates.
            end: where its head is.
            label: its words in the legend.
            colour: one of `COLOURS`.
        """
        return self.add([places(*zip(start, end))], arrow(self.ink(colour)), label)

    def text(
        self,
        x: float,
        y: float,
        words: str,
        *,
        colour: str = "ink",
        anchor: str = "middle",
        shift: Place = (0, 0),
        size: float = 13,
    ) -> Plot:
        """Writes at a point.

        Args:
            x: its first coordinate.
            y: its second.
            words: what to write.
            colour: one of `COLOURS`.
            anchor: what is at the point: the start, the middle or the end.
            shift: how far aside, in pixels to the right and down.
            size: of the letters, in pixels.
        """
        one_of(("start", "middle", "end"), anchor, "anchor")
        look = {"font_size": size, "fill": self.ink(colour)}

        def paint(pieces: Pieces) -> str:
            ((left, top),) = pieces[0]
            return write(words, left + shift[0], top + shift[1], anchor, **look)

        return self.add([places([x], [y])], paint)

    def add(self, pieces: Pieces, paint: Paint, *label: Any) -> Plot:
        """Puts something on top of what is there."""
        self.layers.append(Layer(pieces, paint, *label))
        return self

    def ink(self, colour: str) -> str:
        """Returns a colour in SVG's words; for no name, the next in turn."""
        if not colour:
            colour = TURNS[self.turns % len(TURNS)]
            self.turns += 1
        return COLOURS[one_of(COLOURS, colour, "colour")]

    def frame(self) -> Frame:
        """Returns what the plot is drawn in, with room for everything."""
        ends = [p for layer in self.layers for piece in layer.pieces for p in piece]
        x, y = (
            Scale(axis, [p[i] for p in ends if isfinite(p[i])])
            for i, axis in enumerate((self.x, self.y))
        )
        look = self.title, self.width, self.height, self.equal, self.bare
        return Frame(x, y, *look)

    def drawn(self, frame: Frame) -> str:
        """Returns the picture, without a legend."""
        return frame.around(
            "".join(
                layer.paint([[frame.spot(place) for place in p] for p in layer.pieces])
                for layer in self.layers
            )
        )

    def _repr_svg_(self) -> str:
        return Panels(self)._repr_svg_()


class Panels:
    """Several plots in rows, with one legend for all.

    Args:
        plots: from left to right, then in the next row.
        columns: how many stand in a row; without it, all.
    """

    def __init__(self, *plots: Plot, columns: int | None = None) -> None:
        if not plots:
            raise ValueError("there is no plot to show: give at least one")
        self.plots, self.columns = plots, columns or len(plots)

    def save(self, path: str | PathLike[str]) -> None:
        """Writes the picture to a file, which should end in `.svg`."""
        Path(path).write_text(self._repr_svg_(), encoding="utf-8")

    def _repr_svg_(self) -> str:
        rows = [
            [(plot, plot.frame()) for plot in self.plots[i : i + self.columns]]
            for i in range(0, len(self.plots), self.columns)
        ]
        wide = max(sum(frame.width for _, frame in row) for row in rows)
        legend, high = self.legend(wide)
        parts = [legend]
        for row in rows:
            left = 0.0
            for plot, frame in row:
                move = f"translate({short(left)} {short(high)})"
                parts.append(tag("g", plot.drawn(frame), transform=move))
                left += frame.width
            high += max(frame.height for _, frame in row)
        return picture("".join(parts), wide, high)

    def legend(self, width: float) -> tuple[str, float]:
        """Returns an entry for each label, in lines of this width, and their height."""
        entries: dict[str, Layer] = {}
        for layer in (each for plot in self.plots for each in plot.layers):
            entries.setdefault(layer.label, layer)
        entries.pop("", None)
        parts, x, y = [], 10.0, 12.0
        for label, layer in entries.items():
            room = 32 + width_of(label)
            if x > 10 and x + room > width:
                x, y = 10.0, y + 20
            parts.append(layer.paint([[(x + dx, y) for dx in layer.sample]]))
            parts.append(write(label, x + 28, y, "start"))
            x += room + 14
        return "".join(parts), y + 12 if parts else 0.0


def number(value: Any) -> float:
    """Returns a float; of a node, its value. Only finite ones can be drawn."""
    found = float(getattr(value, "value", value))
    if not isfinite(found):
        raise ValueError(
            f"a plot shows finite numbers, and there is {found}: leave it out"
        )
    return found


def places(xs: Iterable[Any], ys: Iterable[Any] | None) -> list[Place]:
    """Returns the points with these coordinates; for one list, it is the second."""
    first = list(map(number, xs))
    if ys is None:
        return list(enumerate(first))
    second = list(map(number, ys))
    if len(first) != len(second):
        raise ValueError(f"{len(first)} first and {len(second)} second coordinates")
    return list(zip(first, second))
