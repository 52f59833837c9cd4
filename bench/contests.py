"""The contests: who takes part in what, and what the results file says of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bench.arena import Contest, Contestant, ContestError, ratio, rounded
from bench.problems import digits_table, moons

MICROGRAD = Contestant("micrograd", "micrograd", "micrograd", "shipped")
MICROGPT = Contestant("microgpt-style", "microgpt-style Value", "microgpt", "style")
ZERO_DIM = Contestant("torch-0-dim", "PyTorch, 0-dim tensors", "torch", "zero_dim")
TORCH = Contestant("torch", "PyTorch, as written", "torch", "as_written")
TORCH_FUSED = Contestant("torch-fused", "PyTorch, fused SGD with weight_decay", "torch", "fused")
JAX_EAGER = Contestant("jax-eager", "JAX, eager", "jax", "eager")
JAX = Contestant("jax-jit", "JAX, jit", "jax", "jitted")
TINY = Contestant("tinygrad", "tinygrad, eager", "tinygrad", "eager")
TINY_JIT = Contestant("tinygrad-jit", "tinygrad, TinyJit", "tinygrad", "jitted")
HIPS = Contestant("hips", "HIPS autograd", "hips", "tape", hide_ours=True)
NUMPY = Contestant("numpy", "numpy by hand", "numpy", "by_hand")
UNFUSED = Contestant("ours-unfused", "this package, every operation a node", "ours", "unfused")
FUSED = Contestant("ours-dot", "this package, a weighted sum is a node", "ours", "fused")
MLP = Contestant("ours-mlp", "this package, MLP", "ours", "mlp")
FLOATS = Contestant("ours-floats", "this package, compiled on floats", "ours", "compiled_floats")
BATCHES = Contestant("ours-batches", "this package, compiled on batches", "ours", "compiled_batches")


def on_and_off(*contestants: Contestant) -> list[Contestant]:
    """Each with the garbage collector on, as Python has it, and off while it works."""
    return [c for contestant in contestants for c in (contestant, contestant.gc_off())]


def ratios(results: list[dict[str, Any]], pairs: list[tuple[str, str]]) -> dict[str, dict[str, float]]:
    """How many times as long the first of each pair takes as the second."""
    found = {f"{a} / {b}": ratio(results, a, b) for a, b in pairs}
    return {name: r for name, r in found.items() if r}


def against(ours: list[str], peers: list[str], results: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Pairs of every peer with each of ours, where both have the collector on, or both off."""
    there = {r["key"] for r in results}
    pairs = [(peer, our) for our in ours for peer in peers]
    pairs += [(f"{peer}-gc-off", f"{our}-gc-off") for our in ours for peer in peers]
    return [(a, b) for a, b in pairs if a in there and b in there]


SLOW_PEERS = ["micrograd", "microgpt-style", "torch-0-dim"]
FAST_PEERS = ["torch", "torch-fused", "jax-jit", "numpy"]


def run_moons(quick: bool) -> dict[str, Any]:
    """One full-batch step on two moons: 100 points, MLP 2-16-16-1, hinge loss and L2."""
    who = [
        *on_and_off(MICROGRAD, MICROGPT, UNFUSED, MLP),
        *(ZERO_DIM, TORCH, TORCH_FUSED, JAX_EAGER, JAX, TINY, TINY_JIT, HIPS, NUMPY, FLOATS, BATCHES),
    ]
    with Contest("moons", who) as contest:
        contest.setup()
        results = contest.rounds(3 if quick else 15)
        absent = contest.absent
        gradient = {
            c.key: contest.call(c, "bench.gradient", "cost", maker=maker, rounds=15, steps=steps)
            for c, maker, steps in ((FLOATS, "floats", 10), (BATCHES, "batches", 100))
        }
    pairs = against(["ours-unfused", "ours-mlp", "ours-floats", "ours-batches"], SLOW_PEERS, results)
    pairs += [("ours-batches", peer) for peer in FAST_PEERS]
    return {
        "unit": "seconds a step",
        "problem": {"points": 100, "sizes": [2, 16, 16, 1], "parameters": len(moons().parameters)},
        "dtype": "float64",
        "results": results,
        "ratios": ratios(results, pairs),
        "gradient": gradient,
        "absent": absent,
    }


def run_chain(quick: bool) -> dict[str, Any]:
    """Chains of y = y * a + b, by their length: forward, backward, and letting go of the graph."""
    lengths = [1_000, 10_000, 100_000, 1_000_000]
    tables, absent = [], {}
    for n in lengths:
        peers = [MICROGRAD, MICROGPT] if n <= 100_000 else []
        zero_dim = [ZERO_DIM] if n <= 100_000 else []
        with Contest("chain", [*on_and_off(*peers, UNFUSED), *zero_dim]) as contest:
            contest.setup(operations=n)
            rounds = 3 if quick or n > 100_000 else 7
            results = contest.rounds(rounds)
            absent |= contest.absent
        for entry in results:
            entry["ns_per_operation"] = [rounded(part["median"] / n * 1e9) for part in entry["parts"]]
        pairs = against(["ours-unfused"], SLOW_PEERS, results)
        tables.append({"operations": n, "results": results, "ratios": ratios(results, pairs)})
    parts = ["forward", "backward", "release"]
    return {"unit": "seconds a step", "parts": parts, "tables": tables, "absent": absent}


def run_memory(quick: bool) -> dict[str, Any]:
    """Bytes a node of y = y * x, before backward, with all nodes alive."""
    n = 100_000 if quick else 1_000_000
    results, absent = [], {}
    for contestant in (MICROGRAD, MICROGPT, ZERO_DIM, UNFUSED):
        with Contest("powers", [contestant.gc_off()]) as contest:
            (process,) = contest.processes
            answer = process.order("setup", operations=n)
            if "absent" in answer:
                absent[contestant.key] = answer["absent"]
                continue
            taken = process.order("memory")["bytes"]
        per_node = round(taken / n, 1)
        results.append({"key": contestant.key, "name": contestant.name, "bytes_per_node": per_node})
    return {"unit": "bytes a node", "nodes": n, "results": results, "absent": absent}


def run_gpt(quick: bool) -> dict[str, Any]:
    """One step of a tiny GPT from scalars: 8 tokens, 4192 parameters."""
    who = [*on_and_off(MICROGRAD, MICROGPT, UNFUSED, FUSED), ZERO_DIM, FLOATS]
    with Contest("gpt", who) as contest:
        contest.setup()
        results = contest.rounds(3 if quick else 9)
        absent = contest.absent
    pairs = against(["ours-unfused", "ours-dot", "ours-floats"], SLOW_PEERS, results)
    return {
        "unit": "seconds a step",
        "problem": {
            "tokens": 8,
            "layers": 1,
            "width": 16,
            "heads": 4,
            "block": 16,
            "vocabulary": 27,
            "parameters": 4192,
        },
        "results": results,
        "ratios": ratios(results, pairs),
        "absent": absent,
    }


def run_growth(quick: bool) -> dict[str, Any]:
    """The moons network, wider, on larger batches: MLP 2-h-h-1 in float32, one full-batch step."""
    widths = [16, 512] if quick else [16, 64, 256, 512]
    sizes = [10, 1000] if quick else [10, 100, 1000, 10_000]
    tables = []
    with Contest("moons", [TORCH, TORCH_FUSED, JAX, NUMPY, BATCHES]) as contest:
        for hidden in widths:
            for batch in sizes:
                # In float32 a score may fall on the other side of a kink: one point's part of a gradient.
                contest.setup(1e-3, batch=batch, hidden=hidden, dtype="float32")
                results = contest.rounds(3 if quick else 7)
                table = {"hidden": hidden, "batch": batch, "results": results}
                pairs = [("numpy", "torch"), *(("ours-batches", peer) for peer in FAST_PEERS)]
                table["ratios"] = ratios(results, pairs)
                tables.append(table)
        absent = contest.absent
    return {"unit": "seconds a step", "dtype": "float32", "tables": tables, "absent": absent}


TRAINING = 1437  # of the 1797 images; the other 360 are the test


def run_digits(quick: bool) -> dict[str, Any]:
    """Digits, MLP 64-32-10, mini-batches of 32: one step, and the time to 97 % on images not seen."""
    batch, slice_ = 32, 4
    with Contest("digits", [TORCH, TORCH_FUSED, JAX, NUMPY, FLOATS, BATCHES]) as contest:
        contest.setup(batch=batch)
        whole = contest.rounds(3 if quick else 9)
        absent = dict(contest.absent)
        training = contest.call(NUMPY, "bench.training", "to_accuracy", batch=batch)
        fit = contest.call(BATCHES, "bench.training", "by_fit", batch=batch)
    with Contest("digits", [*on_and_off(MICROGRAD, MICROGPT, UNFUSED, FUSED), ZERO_DIM, NUMPY]) as contest:
        contest.setup(batch=slice_)
        sliced = contest.rounds(3 if quick else 5)
        absent |= contest.absent
    if not (training["reached"] and fit["reached"]):
        raise ContestError("a training on digits never came to 97 %")
    for entry in whole:
        entry["seconds_to_97"] = rounded(entry["median"] * training["steps"])
    for entry in sliced:
        entry["seconds_to_97"] = rounded(entry["median"] * training["steps"] * batch / slice_)
    return {
        "unit": "seconds a step",
        "problem": {"images": len(digits_table()[0]), "training": TRAINING, "sizes": [64, 32, 10]},
        "dtype": "float64",
        "batch": batch,
        "results": whole,
        "slice": {"batch": slice_, "results": sliced},
        "training": training,
        "fit": fit,
        "note": (
            "seconds_to_97 is the median step times the steps that plain SGD needs, the same for all, "
            f"since all compute the same gradients. In the slice a step has {slice_} images, and its time is "
            f"scaled to {batch}. Two trainings were run to their end: by numpy, and by model.fit "
            "with its own optimiser, from the call to the end of the last epoch."
        ),
        "absent": absent,
    }


CONTESTS: dict[str, Callable[[bool], dict[str, Any]]] = {
    "moons": run_moons,
    "chain": run_chain,
    "memory": run_memory,
    "gpt": run_gpt,
    "growth": run_growth,
    "digits": run_digits,
}
