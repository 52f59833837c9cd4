"""What a gradient costs beside its value, both in the code that the compiler wrote."""

from __future__ import annotations

from time import perf_counter
from typing import Any

from bench.arena import ratio, summary
from bench.contestants import ours
from bench.problems import moons

MAKERS = {"floats": ours.compiled_floats, "batches": ours.compiled_batches}


def cost(maker: str, rounds: int, steps: int) -> dict[str, Any]:
    """Times the two functions of the program for `moons` in turn."""
    contestant = MAKERS[maker]("moons", moons())
    compiled = contestant.compiled
    args = compiled.pack([contestant.parameters, *contestant.data])
    results: list[dict[str, Any]] = [{"key": key, "rounds": []} for key in ("value", "value_and_grad")]
    for _ in range(rounds):
        for entry in results:
            function = compiled.functions[entry["key"]]
            start = perf_counter()
            for _ in range(steps):
                function(*args)
            entry["rounds"].append((perf_counter() - start) / steps)
    quotient = ratio(results, "value_and_grad", "value")
    return {entry["key"]: summary(entry["rounds"]) for entry in results} | {"ratio": quotient}
