"""What stands around a plot: grid, ticks, names; and how much room it takes."""

from __future__ import annotations

from dataclasses import dataclass

from autograd.scale import Scale
from autograd.svg import Look, Place, short, tag, width_of, write


@dataclass
class Frame:
    """The rectangle of a plot, with its two axes, inside a picture of a given size.

    Attributes:
        x: the axis to the right.
        y: the axis upwards.
        title: stands above.
        width: of the whole, in pixels.
        height: of the whole; if units are equal it follows from the width.
        equal: whether a unit is as long upwards as to the right.
        bare: without axes, ticks and grid.
    """

    x: Scale
    y: Scale
    title: str
    width: float
    height: float
    equal: bool
    bare: bool

    def __post_init__(self) -> None:
        self.ups = {} if self.bare else self.y.ticks(max(2, int(self.height // 48)))
        name, words = self.y.axis.name, self.ups.values()
        self.left = 10 + max(map(width_of, words), default=0.0) + 20 * bool(name)
        self.wide = self.width - self.left - 14
        self.rights = {} if self.bare else self.x.ticks(max(2, int(self.wide // 45)))
        self.top = 26 if self.title else 8
        below = 6 + 18 * bool(self.rights) + 18 * bool(self.x.axis.name)
        self.high = self.height - self.top - below
        if self.equal:
            ratio = (self.y.high - self.y.low) / (self.x.high - self.x.low)
            self.high = self.wide * ratio
            self.height = self.top + self.high + below

    def spot(self, place: Place) -> Place:
        """Returns where a place is, in pixels to the right and down."""
        return self.wide * self.x(place[0]), self.high * (1 - self.y(place[1]))

    def around(self, inside: str) -> str:
        """Returns the picture, with what is inside cut at the edges."""
        window = tag("svg", inside, width=short(self.wide), height=short(self.high))
        parts = self.names() if self.bare else self.grid() + self.names()
        move = f"translate({short(self.left)} {short(self.top)})"
        return tag("g", parts + window, transform=move)

    def grid(self) -> str:
        """Returns the grid, the two axes and the words beside their ticks."""
        wide, high = short(self.wide), short(self.high)
        xs = {self.wide * self.x(v): word for v, word in self.rights.items()}
        ys = {self.high * (1 - self.y(v)): word for v, word in self.ups.items()}
        upright = "".join(f"M{short(x)} 0V{high}" for x in xs)
        level = "".join(f"M0 {short(y)}H{wide}" for y in ys)
        look: Look = {"stroke": "currentColor", "fill": "none"}
        thin: Look = {"stroke_width": 0.6, "stroke_opacity": 0.15}
        lines = tag("path", d=upright + level, **look, **thin)
        axes = tag("path", d=f"M0 0V{high}H{wide}", stroke_width=0.8, **look)
        below = [write(word, x, self.high + 13, "middle") for x, word in xs.items()]
        beside = [write(word, -7, y, "end") for y, word in ys.items()]
        return "".join([lines, axes, *below, *beside])

    def names(self) -> str:
        """Returns the title and the names of the axes."""
        middle, edge = self.wide / 2, self.height - self.top - 10
        x, y, turned = self.x.axis.name, self.y.axis.name, self.high / 2
        parts = [write(self.title, middle, -13, "middle", font_size=13)]
        parts += [write(x, middle, edge, "middle", font_size=13)]
        turn = f"translate({short(12 - self.left)} {short(turned)}) rotate(-90)"
        parts += [tag("g", write(y, 0, 0, "middle", font_size=13), transform=turn)]
        return "".join(part for part, words in zip(parts, (self.title, x, y)) if words)
