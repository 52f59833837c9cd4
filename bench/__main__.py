"""Runs the contests and writes their results: python -m bench [--only moons] [--quick]."""

from __future__ import annotations

import argparse
import json
from datetime import date
from pathlib import Path
from time import perf_counter
from typing import Any

from bench.contests import CONTESTS
from bench.machine import machine, versions

RESULTS = Path(__file__).parent / "results"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition(":")[0])
    parser.add_argument("--only", choices=CONTESTS, action="append", help="this contest alone; repeatable")
    parser.add_argument("--quick", action="store_true", help="few rounds, small sizes; writes nothing")
    parser.add_argument("--rehearsal", action="store_true", help="mark the results as not to be quoted")
    arguments = parser.parse_args()
    for name in arguments.only or CONTESTS:
        start = perf_counter()
        print(f"{name}: {CONTESTS[name].__doc__}", flush=True)
        found = CONTESTS[name](arguments.quick)
        report(found)
        if arguments.rehearsal or not arguments.quick:
            write(
                name, {"title": CONTESTS[name].__doc__, "versions": versions()} | found, arguments.rehearsal
            )
        print(f"  ({perf_counter() - start:.0f} s)\n", flush=True)


def write(name: str, found: dict[str, Any], rehearsal: bool) -> None:
    """Writes results to their file, under the date and the machine."""
    head = {
        "contest": name,
        "date": date.today().isoformat(),
        "rehearsal": rehearsal,
        "machine": machine(),
    }
    text = json.dumps(head | found, indent=1, ensure_ascii=False)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


def report(found: dict[str, Any]) -> None:
    """Prints the results as a table or some."""
    for table in [found, found.get("slice", {}), *found.get("tables", [])]:
        sizes = [f"{key} {table[key]}" for key in ("operations", "hidden", "batch") if key in table]
        if sizes and "results" in table:
            print("  " + ", ".join(sizes))
        for entry in table.get("results", []):
            print("  " + line(entry))
        for name, r in table.get("ratios", {}).items():
            print(f"    {name:48}{r['median']:12,.2f}  ({r['min']:,.2f} to {r['max']:,.2f})")
    if "training" in found:
        print(f"  {found['training']}")


def line(entry: dict[str, Any]) -> str:
    if "bytes_per_node" in entry:
        return f"{entry['key']:28}{entry['bytes_per_node']:12,.0f} bytes"
    times = "".join(f"{entry[which] * 1e3:12,.4f}" for which in ("median", "min", "max"))
    extra = "".join(f"{ns:9,.0f} ns" for ns in entry.get("ns_per_operation", []))
    if "seconds_to_97" in entry:
        extra += f"{entry['seconds_to_97']:12,.1f} s to 97 %"
    return f"{entry['key']:28}{times} ms{extra}"


if __name__ == "__main__":
    main()
