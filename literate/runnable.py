"""Which programs of a page a browser's Python can run, and which programs above it each of them stands on.

A program stands on the last one that bound a name which it uses, on those after it that changed what the name
holds, and on whatever these stand on. If one of them needs what a browser lacks, so does the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from literate.blocks import Block

# Modules by the name under which their readers know them.
_WORDS = {
    "jax": "JAX",
    "mpl_toolkits": "matplotlib",
    "onnx": "ONNX",
    "onnxruntime": "ONNX Runtime",
    "PIL": "Pillow",
    "sklearn": "scikit-learn",
    "sympy": "SymPy",
    "torch": "PyTorch",
}


@dataclass(frozen=True)
class Plan:
    """How one program runs: after which others (None: nobody watched it), and what it needs."""

    after: tuple[int, ...] | None = None
    needs: tuple[str, ...] = ()


def plan(programs: Sequence[Block], footprints: Sequence[Mapping[str, Any] | None]) -> list[Plan]:
    """Plan the programs of a page.

    Args:
        programs: The programs in order.
        footprints: What was noted of each that ran (see `footprint.py`); None where nothing was.
    """
    plans: list[Plan] = []
    for place, (program, found) in enumerate(zip(programs, footprints, strict=False)):
        if not found:
            plans.append(Plan())
            continue
        after: set[int] = set()
        for below in _direct(place, footprints):
            after |= {below, *(plans[below].after or ())}
        needs = {_WORDS.get(each, each) for each in found["needs"]}
        needs |= {each.strip() for each in program.attributes.get("needs", "").split(",") if each.strip()}
        plans.append(
            Plan(tuple(sorted(after)), tuple(sorted(needs.union(*(plans[each].needs for each in after)))))
        )
    return plans


def _direct(place: int, footprints: Sequence[Mapping[str, Any] | None]) -> set[int]:
    """The programs whose work a program uses at first hand."""
    found: set[int] = set()
    for name in (footprints[place] or {})["loads"]:
        for above in range(place - 1, -1, -1):
            notes = footprints[above] or {"binds": (), "touches": ()}
            if name in notes["binds"] or name in notes["touches"]:
                found.add(above)
            if name in notes["binds"]:
                break
    return found
