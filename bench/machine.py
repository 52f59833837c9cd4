"""What the results were measured on, and with what."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.arena import Contestant, Process

PEERS = ["micrograd", "torch", "jax", "jaxlib", "autograd", "tinygrad", "numpy", "scikit-learn"]


def machine() -> dict[str, str | int]:
    return {
        "cpu": cpu(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "threads": 1,
        "blas": kernel(),
    }


def kernel() -> str:
    """What numpy leaves its matrix products to in the process of a contestant."""
    process = Process(Contestant("numpy", "numpy by hand", "numpy", "by_hand"), "moons")
    try:
        return process.order("call", module="bench.machine", name="blas")["blas"]
    finally:
        process.close()


def blas() -> dict[str, str]:
    """The same in this process: the library, its version, and the kernel that it took for this processor."""
    import numpy  # noqa: F401 (loads the library)
    from threadpoolctl import threadpool_info

    found = [each for each in threadpool_info() if each["user_api"] == "blas"]
    facts = ("internal_api", "version", "architecture")
    told = [" ".join(str(each.get(fact, "")) for fact in facts) for each in found]
    return {"blas": ", ".join(told) or "not told"}


def cpu() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def versions() -> dict[str, str]:
    """The versions of all peers, by the names of their distributions: `autograd` is HIPS autograd."""
    import autograd

    found = {"autograd-engine": autograd.__version__}
    for name in PEERS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found
