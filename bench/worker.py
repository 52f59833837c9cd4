"""One contestant in a process of its own.

It takes orders on its standard input and answers on its standard output, one line of JSON each. So no
contestant's modules, memory or garbage stand in another's way, and the clock runs beside the work.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import threading
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.problems import PROBLEMS

ROOT = str(Path(__file__).resolve().parents[1])


class Worker:
    def __init__(self, module: str, maker: str, kind: str, collect: bool) -> None:
        self.module, self.maker, self.kind, self.collect = module, maker, kind, collect
        self.contestant: Any = None

    def setup(self, **options: Any) -> dict[str, Any]:
        """Makes the contestant ready for a problem."""
        self.contestant = None
        try:
            make = getattr(importlib.import_module(f"bench.contestants.{self.module}"), self.maker)
            self.contestant = make(self.kind, PROBLEMS[self.kind](**options))
        except ImportError as error:
            return {"absent": str(error)}
        if not self.collect:
            gc.disable()
        return {}

    def check(self) -> dict[str, Any]:
        """Returns loss and gradient before and after one step."""
        before = self.contestant.loss_and_gradient()
        for part in self.contestant.parts:
            getattr(self.contestant, part)()
        return {"before": before, "after": self.contestant.loss_and_gradient()}

    def time(self, steps: int) -> dict[str, Any]:
        """Returns the seconds of one step, part by part: the mean over some steps in a row."""
        parts = [getattr(self.contestant, part) for part in self.contestant.parts]
        seconds = [0.0] * len(parts)
        if len(parts) == 1:
            step = parts[0]
            start = perf_counter()
            for _ in range(steps):
                step()
            seconds[0] = perf_counter() - start
        else:
            for _ in range(steps):
                for i, part in enumerate(parts):
                    start = perf_counter()
                    part()
                    seconds[i] += perf_counter() - start
        if not self.collect:
            gc.collect()
        return {"seconds": [s / steps for s in seconds]}

    def memory(self) -> dict[str, Any]:
        """Returns the bytes that a forward pass takes, as the operating system counts them."""
        gc.collect()
        before = resident()
        self.contestant.forward()
        return {"bytes": resident() - before}

    def call(self, module: str, name: str, **options: Any) -> dict[str, Any]:
        """Returns what a function of some module returns."""
        return getattr(importlib.import_module(module), name)(**options)


def resident() -> int:
    """The memory of this process in bytes; where there is no /proc, the most that it ever had."""
    statm = Path("/proc/self/statm")
    if statm.exists():
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)


def serve(worker: Worker, answers: Any) -> None:
    for line in sys.stdin:
        order, options = json.loads(line)
        try:
            answer = getattr(worker, order)(**options)
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {error}"}
            raise
        finally:
            print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    spec = json.loads(sys.argv[1])
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a library prints must not pass for an answer
    if spec.pop("hide_ours"):
        sys.path[:] = [path for path in sys.path if path not in ("", ROOT)] + [ROOT]
    if core := spec.pop("core"):
        os.sched_setaffinity(0, {core})
    # Some engines walk their graphs by recursion, and a chain of 100,000 operations is deep.
    sys.setrecursionlimit(10_000_000)
    threading.stack_size(512 * 1024 * 1024)
    thread = threading.Thread(target=serve, args=(Worker(**spec), answers))
    thread.start()
    thread.join()


if __name__ == "__main__":
    main()
