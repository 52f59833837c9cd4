"""What the results were measured on, and with what."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PEERS = ["micrograd", "torch", "jax", "jaxlib", "autograd", "tinygrad", "numpy", "scikit-learn"]


def machine() -> dict[str, str | int]:
    return {
        "cpu": cpu(),
        "cores": os.cpu_count() or 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
        "threads": 1,
    }


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
