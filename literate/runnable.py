"""Which programs of a page a browser's Python can run, and which programs above it each of them stands on.

A program stands on the last one that bound a name which it uses, on those after it that changed what the name
holds, and on whatever these stand on. If one of them needs what a browser lacks, so does the program.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from literate import exercise
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
        for below in _direct(place, programs, footprints):
            after |= {below, *(plans[below].after or ())}
        needs = {_WORDS.get(each, each) for each in found["needs"]}
        needs |= {each.strip() for each in program.attributes.get("needs", "").split(",") if each.strip()}
        plans.append(
            Plan(tuple(sorted(after)), tuple(sorted(needs.union(*(plans[each].needs for each in after)))))
        )
    for place, starter in enumerate(programs[: len(plans)]):
        if starter.kind == "exercise":
            parts = exercise.parts(place, programs)
            plans[place] = _of_all(place, [plans[part] for part in parts if part < len(plans)])
    return plans


def _of_all(place: int, plans: Sequence[Plan]) -> Plan:
    """The plan of a starter: a reader may use above it whatever its answer, its check or a mistake uses."""
    after = {each for plan in plans for each in plan.after or () if each < place}
    return Plan(tuple(sorted(after)), tuple(sorted({need for plan in plans for need in plan.needs})))


def _direct(
    place: int, programs: Sequence[Block], footprints: Sequence[Mapping[str, Any] | None]
) -> set[int]:
    """The programs whose work a program uses at first hand."""
    found: set[int] = set()
    for name in (footprints[place] or {})["loads"]:
        for above in range(place - 1, -1, -1):
            notes = footprints[above] if programs[above].kind == "program" else None
            notes = notes or {"binds": (), "touches": ()}  # of what is tried out, nothing stays
            if name in notes["binds"] or name in notes["touches"]:
                found.add(above)
            if name in notes["binds"]:
                break
    return found
