"""The arena: every contestant in its own process, all of them in turn, round after round."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
ONE_THREAD = {
    **dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"), "1"
    ),
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
    "JAX_PLATFORMS": "cpu",
    "CPU_COUNT": "1",  # tinygrad
    "PYTHONHASHSEED": "0",
}


# What somebody chose for OpenBLAS binds numpy alone: PyTorch and XLA have matrix products of their own.
CHOSEN_FOR_NUMPY = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")


def surroundings() -> dict[str, str]:
    """The environment of every contestant: one thread, and each library looks itself what it runs on."""
    return {key: x for key, x in os.environ.items() if key not in CHOSEN_FOR_NUMPY} | ONE_THREAD


class Contestant(NamedTuple):
    """Who takes part, and which function of which file makes it."""

    key: str
    name: str
    module: str
    maker: str
    gc: bool = True
    hide_ours: bool = False

    def gc_off(self) -> Contestant:
        return self._replace(key=f"{self.key}-gc-off", gc=False)


class ContestError(Exception):
    """A contestant broke down, or computed something else than the others."""


class Process:
    """A contestant at work."""

    def __init__(self, contestant: Contestant, kind: str) -> None:
        self.contestant = contestant
        spec = {
            "module": contestant.module,
            "maker": contestant.maker,
            "kind": kind,
            "collect": contestant.gc,
            "hide_ours": contestant.hide_ours,
            "core": last_core(),
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "bench.worker", json.dumps(spec)],
            cwd=ROOT,
            env=surroundings(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def order(self, order: str, **options: Any) -> dict[str, Any]:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps([order, options]) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the process ended"}
        if "error" in answer:
            raise ContestError(f"{self.contestant.key}, {order}: {answer['error']}")
        return answer

    def time(self, steps: int) -> list[float]:
        return self.order("time", steps=steps)["seconds"]

    def close(self) -> None:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def last_core() -> int:
    """All contestants share one core, so that none of them gains by a second one; 0 is no core at all."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 0


def agree(answers: dict[str, dict[str, Any]], tolerance: float) -> None:
    """Makes sure that all computed the same losses and gradients.

    Raises:
        ContestError: a loss differs by more than the tolerance, or an entry of a gradient by more than the
            tolerance times its largest entry.
    """
    (first, wanted), *others = answers.items()
    for key, got in others:
        for when in ("before", "after"):
            (loss, gradient), (loss1, gradient1) = wanted[when], got[when]
            scale = max(map(abs, gradient))
            gaps = [abs(a - b) / scale for a, b in zip(gradient, gradient1, strict=True)]
            gaps.append(abs(loss - loss1) / max(1.0, abs(loss)))
            if not all(gap <= tolerance for gap in gaps):  # nan is no agreement
                raise ContestError(f"{key} and {first} differ by {max(gaps):.1e}, {when} a step")


class Contest:
    """One problem, and who takes it on."""

    def __init__(self, kind: str, contestants: Iterable[Contestant]) -> None:
        self.processes = [Process(contestant, kind) for contestant in contestants]
        self.absent: dict[str, str] = {}

    def __enter__(self) -> Contest:
        return self

    def __exit__(self, *_: object) -> None:
        for process in self.processes:
            process.close()

    def setup(self, tolerance: float = 1e-6, **options: Any) -> None:
        """Gives all the same problem, lets go who cannot take part, compares what the others compute."""
        present = []
        for process in self.processes:
            answer = process.order("setup", **options)
            if "absent" in answer:
                self.absent[process.contestant.key] = answer["absent"]
                print(f"  absent: {process.contestant.key}: {answer['absent']}")
                process.close()
            else:
                present.append(process)
        self.processes = present
        agree({p.contestant.key: p.order("check") for p in self.processes}, tolerance)

    def call(self, contestant: Contestant, module: str, name: str, **options: Any) -> dict[str, Any]:
        """Returns what a function finds in the process of a contestant."""
        process = next(p for p in self.processes if p.contestant is contestant)
        return process.order("call", module=module, name=name, **options)

    def rounds(self, rounds: int, seconds: float = 0.02, most: int = 100) -> list[dict[str, Any]]:
        """Times everyone in every round, each time beginning with another one.

        Args:
            rounds: how many.
            seconds: a contestant that is faster than this takes several steps in a round,
            most: but not more than this.
        """
        steps = {}
        for process in self.processes:
            once = sum(process.time(1))
            if once < 0.5:  # else there is nothing more to be known
                once = sum(process.time(1))
            steps[process] = max(1, min(most, round(seconds / once)))
        times: dict[Process, list[list[float]]] = {process: [] for process in self.processes}
        for i in range(rounds):
            at = i % len(self.processes)
            for process in self.processes[at:] + self.processes[:at]:
                times[process].append(process.time(steps[process]))
        return [result(process.contestant, steps[process], times[process]) for process in self.processes]


def result(contestant: Contestant, steps: int, times: list[list[float]]) -> dict[str, Any]:
    """What the results file says of one contestant; all times are seconds a step."""
    totals = [sum(parts) for parts in times]
    entry: dict[str, Any] = {
        "key": contestant.key,
        "name": contestant.name,
        "gc": contestant.gc,
        "steps_per_round": steps,
        **summary(totals),
        "rounds": [rounded(t) for t in totals],
    }
    if len(times[0]) > 1:
        entry["parts"] = [summary(list(column)) for column in zip(*times)]
    return entry


def summary(times: list[float]) -> dict[str, float]:
    return {"median": rounded(median(times)), "min": rounded(min(times)), "max": rounded(max(times))}


def rounded(x: float) -> float:
    return float(f"{x:.4g}")


def ratio(results: list[dict[str, Any]], key: str, to: str) -> dict[str, float] | None:
    """How many times as long `key` takes as `to`: round by round, then median, min and max."""
    rounds = {r["key"]: r["rounds"] for r in results}
    if key not in rounds or to not in rounds:
        return None
    return summary([a / b for a, b in zip(rounds[key], rounds[to], strict=True)])
