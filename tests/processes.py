"""Programs run in processes of their own, with other addresses and other hashes in each."""

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def printed_by_processes(program: str, seeds: Iterable[str]) -> set[str]:
    """What a program prints in processes whose hashes have these seeds: one text, if they agree."""
    outputs = set()
    for seed in seeds:
        clutter = f"clutter = [object() for _ in range({seed})]\n"  # other addresses, other hashes
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        command = [sys.executable, "-c", clutter + program]
        outputs.add(
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        )
    return outputs
