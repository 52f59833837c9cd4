"""Where a function of two variables is above 0, and the lines on which it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

from autograd.svg import Place

Corner = tuple[float, float, float]  # two coordinates, and the height there
Cell = list[Corner]
Side = tuple[Corner, Corner]


def grid(
    f: Callable[[float, float], float], across: list[float], up: list[float]
) -> list[list[Cell]]:
    """Returns rows of cells: four corners each, in the order of a walk around them."""
    lines = [[(x, y, f(x, y)) for x in across] for y in up]
    return [
        [[a, b, c, d] for (a, b), (d, c) in zip(pairwise(low), pairwise(high))]
        for low, high in pairwise(lines)
    ]


def above(cell: Cell) -> list[Place]:
    """Returns the part of a cell in which the height is above 0, as a polygon."""
    part = []
    for p, q in pairwise([*cell, cell[0]]):
        if p[2] > 0:
            part.append(p[:2])
        if (p[2] > 0) != (q[2] > 0):  # alike for both of its cells
            part.append(crossing(p, q) if p[2] > 0 else crossing(q, p))
    return part


def crossing(p: Corner, q: Corner) -> Place:
    """Returns where the height is 0 on the way from p to q, if it is straight."""
    share = p[2] / (p[2] - q[2])
    return p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])


def lifted(row: list[Cell], sign: int, level: float) -> list[Cell]:
    """Returns the cells with the height over a level, or (sign -1) the depth below."""
    return [[(x, y, sign * (z - level)) for x, y, z in cell] for cell in row]


def region(
    cells: list[list[Cell]], sign: int = 1, level: float = 0.0
) -> list[list[Place]]:
    """Returns the outlines of all that lies above a level, or below it.

    Each ends where it began. Around a hole it goes the other way round.
    """
    sides: dict[tuple[Place, Place], None] = {}
    for row in cells:
        for part in map(above, lifted(row, sign, level)):
            for p, q in pairwise([*part, *part[:1]]):
                if (q, p) in sides:  # inside: the cell beside it has it too
                    del sides[q, p]
                else:
                    sides[p, q] = None
    return rounds(sides)


def rounds(sides: Iterable[tuple[Place, Place]]) -> list[list[Place]]:
    """Returns walks along the sides, each of them walked once.

    As many sides end at a place as begin there: a walk gets stuck where it began.
    """
    onward: dict[Place, list[Place]] = {}
    for p, q in sides:
        onward.setdefault(p, []).append(q)
    walks = []
    for start, ways in onward.items():
        while ways:
            walk = [start]
            while onward[walk[-1]]:
                walk.append(onward[walk[-1]].pop())
            walks.append(walk)
    return walks


def contour(cells: list[list[Cell]], level: float = 0.0) -> list[list[Place]]:
    """Returns the lines at the height of the level; a closed one ends as it began."""
    lines = joined(
        piece for row in cells for c in lifted(row, 1, level) for piece in cut(c)
    )
    return [[crossing(p, q) for p, q in line] for line in lines]


def cut(cell: Cell) -> Iterator[list[Side]]:
    """Yields the pieces of the line in a cell, each by the two sides it crosses."""
    sides = [
        (p, q) if p[2] > 0 else (q, p)  # alike for both of its cells
        for p, q in pairwise([*cell, cell[0]])
        if (p[2] > 0) != (q[2] > 0)
    ]
    yield from (sides[i : i + 2] for i in range(0, len(sides), 2))


def joined(pieces: Iterable[list[Side]]) -> list[list[Side]]:
    """Returns pieces that share an end as one."""
    closed = []
    at: dict[Side, list[Side]] = {}  # the open lines, by both of their ends
    for start, end in pieces:
        one, other = at.pop(start, [start]), at.pop(end, [end])
        if one is other:
            closed.append([*one, one[0]])
            continue
        line = (one if one[-1] == start else one[::-1]) + (
            other if other[0] == end else other[::-1]
        )
        at[line[0]] = at[line[-1]] = line
    whole = {id(line): line for line in at.values()}
    return [*closed, *whole.values()]
