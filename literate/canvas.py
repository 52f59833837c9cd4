"""Paper for the pictures that readers take hold of: axes, lines and marks, as SVG in the page's own colours.

It runs at build and in the browser, so it imports nothing that the browser has not got. Colours are classes,
which docs/assets/explore.css knows.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

Point = tuple[float, float]
Range = tuple[float, float]

LEFT, RIGHT, TOP, BOTTOM = 42.0, 8.0, 8.0, 38.0
"""The margins of a picture with axes."""


class Canvas:
    """A picture of two axes; what is drawn beyond their ends is cut off.

    Args:
        x: The ends of the axis to the right.
        y: The ends of the axis upwards.
        size: Width and height, in pixels.
        bare: Whether there are no axes, and so no margins.
    """

    def __init__(self, x: Range, y: Range, *, size: Point = (360.0, 290.0), bare: bool = False) -> None:
        self.x, self.y, self.size, self.bare = x, y, size, bare
        left, right, top, bottom = (0.0, 0.0, 0.0, 0.0) if bare else (LEFT, RIGHT, TOP, BOTTOM)
        self.left, self.top = left, top
        self.width, self.height = size[0] - left - right, size[1] - top - bottom
        self.inside: list[str] = []
        self.around: list[str] = []

    def place(self, x: float, y: float) -> Point:
        """Where a point lies, in pixels from the upper left corner of what the axes enclose."""
        across = (x - self.x[0]) / (self.x[1] - self.x[0]) * self.width
        up = (y - self.y[0]) / (self.y[1] - self.y[0]) * self.height
        return across, self.height - up

    def line(self, points: Iterable[Point], kind: str) -> None:
        """Join points."""
        self.inside.append(f'<polyline class="line {kind}" points="{self._listed(points)}"/>')

    def polygon(self, points: Iterable[Point], kind: str, style: str = "") -> None:
        """Fill the shape with these corners."""
        extra = f' style="{style}"' if style else ""
        self.inside.append(f'<polygon class="{kind}" points="{self._listed(points)}"{extra}/>')

    def shapes(self, shapes: Iterable[Sequence[Point]], kind: str) -> None:
        """Fill many shapes as one, so that no seam is seen where they touch."""
        path = "".join(f"M{self._listed(shape)}Z" for shape in shapes)
        self.inside.append(f'<path class="{kind}" d="{path}"/>')

    def segments(self, ends: Iterable[tuple[Point, Point]], kind: str) -> None:
        """Draw many short lines as one."""
        path = "".join(f"M{self._listed(pair)}" for pair in ends)
        self.inside.append(f'<path class="line {kind}" d="{path}"/>')

    def dot(self, x: float, y: float, kind: str, radius: float = 4.0) -> None:
        """Set a round mark."""
        across, down = self.place(x, y)
        self.inside.append(f'<circle class="mark {kind}" cx="{across:.1f}" cy="{down:.1f}" r="{radius:g}"/>')

    def triangle(self, x: float, y: float, kind: str, radius: float = 4.0) -> None:
        """Set a mark that is told from a dot by its form, too."""
        across, down = self.place(x, y)
        low, wide = down + radius * 0.7, radius * 1.1
        corners = (across, down - radius * 1.2), (across + wide, low), (across - wide, low)
        self.inside.append(
            f'<polygon class="mark {kind}" points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}"/>'
        )

    def word(self, x: float, y: float, text: str, kind: str = "", anchor: str = "middle") -> None:
        """Write at a point; `text` is SVG already."""
        across, down = self.place(x, y)
        self.around.append(
            f'<text class="word {kind}" x="{self.left + across:.1f}" y="{self.top + down:.1f}"'
            f' text-anchor="{anchor}">{text}</text>'
        )

    def axes(
        self, x: str, y: str, x_ticks: Sequence[tuple[float, str]], y_ticks: Sequence[tuple[float, str]]
    ) -> None:
        """Name the axes and write numbers along them; names and numbers are SVG already."""
        low = self.top + self.height
        for value, text in x_ticks:
            at = self.left + self.place(value, self.y[0])[0]
            self.around.append(f'<path class="tick" d="M{at:.1f} {low}v4"/>')
            self.around.append(_text(at, low + 16, text, "middle"))
        for value, text in y_ticks:
            at = self.top + self.place(self.x[0], value)[1]
            self.around.append(f'<path class="tick" d="M{self.left} {at:.1f}h-4"/>')
            self.around.append(_text(self.left - 7, at + 4, text, "end"))
        self.around.append(_text(self.left + self.width / 2, low + 32, x, "middle", "name"))
        middle = self.top + self.height / 2
        name = _text(0, 0, y, "middle", "name")
        self.around.append(f'<g transform="translate(11 {middle:.1f}) rotate(-90)">{name}</g>')

    def svg(self, alt: str) -> str:
        """The picture as an element of a page, with words for those who cannot see it."""
        width, height = self.size
        box = f'x="{self.left:g}" y="{self.top:g}" width="{self.width:g}" height="{self.height:g}"'
        frame = "" if self.bare else f'<rect class="frame" {box}/>'
        inside = f"<svg {box}>{''.join(self.inside)}</svg>"  # an inner svg cuts off what leaves it
        return (
            f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{html.escape(alt)}">'
            f"{inside}{frame}{''.join(self.around)}</svg>"
        )

    def _listed(self, points: Iterable[Point]) -> str:
        return " ".join(f"{across:.1f},{down:.1f}" for across, down in (self.place(*each) for each in points))


def power(exponent: int, base: int = 10) -> str:
    """A power, for a label: the exponent is small and raised."""
    return f'{base}<tspan class="raised" dy="-.4em">{str(exponent).replace("-", "−")}</tspan>'


def _text(x: float, y: float, text: str, anchor: str, kind: str = "number") -> str:
    return f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'
