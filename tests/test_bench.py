"""The measurements: contestants compute the same, and the results in the repository are complete."""

import json
import re
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from bench import gradient
from bench.arena import CHOSEN_FOR_NUMPY, ContestError, agree, ratio, summary, surroundings
from bench.contestants import microgpt, numpy, ours
from bench.contests import CONTESTS, against, on_and_off
from bench.machine import blas, kernel
from bench.problems import PROBLEMS

BENCH = Path(__file__).parent.parent / "bench"
DOCS = BENCH.parent / "docs"
TINY = {
    "moons": {"batch": 6, "hidden": 3},
    "digits": {"batch": 2},
    "gpt": {"tokens": 3, "vocabulary": 5, "width": 4, "heads": 2, "block": 4},
    "chain": {"operations": 20},
    "powers": {"operations": 20},
}
ENGINES = {"unfused": ours.unfused, "dot": ours.fused, "microgpt": microgpt.style}


def computed(contestant):
    """What a worker computes before the clock starts: loss and gradient before and after one step."""
    before = contestant.loss_and_gradient()
    for part in contestant.parts:
        getattr(contestant, part)()
    return {"before": before, "after": contestant.loss_and_gradient()}


@pytest.mark.parametrize("kind", TINY)
def test_contestants_that_need_no_peers_compute_the_same(kind):
    problem = PROBLEMS[kind](**TINY[kind])
    contestants = {name: make(kind, problem) for name, make in ENGINES.items()}
    if kind in ("moons", "digits"):
        contestants["numpy"] = numpy.by_hand(kind, problem)
        contestants["batches"] = ours.compiled_batches(kind, problem)
    if kind in ("moons", "digits", "gpt"):
        contestants["floats"] = ours.compiled_floats(kind, problem)
    if kind == "moons":
        contestants["mlp"] = ours.mlp(kind, problem)
    found = {name: computed(contestant) for name, contestant in contestants.items()}
    agree(found, 1e-10)
    moves = kind not in ("chain", "powers")
    assert all((f["before"] != f["after"]) == moves for f in found.values())


def test_numpy_in_float32_computes_the_same_to_its_own_digits():
    problems = {dtype: PROBLEMS["moons"](**TINY["moons"], dtype=dtype) for dtype in ("float64", "float32")}
    agree({dtype: computed(numpy.by_hand("moons", p)) for dtype, p in problems.items()}, 1e-5)


def test_the_cost_of_a_gradient_is_taken_round_by_round():
    cost = gradient.cost("floats", rounds=3, steps=1)
    assert cost.keys() == {"value", "value_and_grad", "ratio"}
    assert all(0 < each["min"] <= each["median"] <= each["max"] for each in cost.values())


def test_a_contestant_that_computes_something_else_is_found_out():
    right = {"before": (1.0, [2.0, -4.0]), "after": (0.5, [1.0, 1.0])}
    agree({"a": right, "b": right}, 0.0)
    for wrong in (
        right | {"before": (1.0, [2.0, -4.1])},
        right | {"after": (0.6, [1.0, 1.0])},
        right | {"after": (float("nan"), [1.0, 1.0])},
        right | {"after": (0.5, [1.0, float("nan")])},
    ):
        with pytest.raises(ContestError, match="b and a differ"):
            agree({"a": right, "b": wrong}, 1e-6)


def test_the_network_of_the_gpt_has_as_many_parameters_as_the_results_say():
    assert len(PROBLEMS["gpt"]().parameters) == 4192
    assert len(PROBLEMS["moons"]().parameters) == 337


def test_ratios_are_taken_round_by_round():
    results = [{"key": "slow", "rounds": [2.0, 8.0, 9.0]}, {"key": "fast", "rounds": [1.0, 2.0, 3.0]}]
    assert ratio(results, "slow", "fast") == {"median": 3.0, "min": 2.0, "max": 4.0}
    assert ratio(results, "slow", "absent") is None
    assert summary([3.0, 1.0, 2.0]) == {"median": 2.0, "min": 1.0, "max": 3.0}


def test_an_engine_without_its_collector_is_compared_with_ours_without_it():
    results = [
        {"key": key} for key in ("micrograd", "micrograd-gc-off", "ours-mlp", "ours-mlp-gc-off", "torch")
    ]
    assert against(["ours-mlp"], ["micrograd", "torch"], results) == [
        ("micrograd", "ours-mlp"),
        ("torch", "ours-mlp"),
        ("micrograd-gc-off", "ours-mlp-gc-off"),
    ]


def test_a_worker_answers_in_lines_of_json():
    spec = {
        "module": "ours",
        "maker": "mlp",
        "kind": "moons",
        "collect": False,
        "hide_ours": False,
        "core": 0,
    }
    orders = [["setup", TINY["moons"]], ["check", {}], ["time", {"steps": 2}]]
    done = subprocess.run(
        [sys.executable, "-m", "bench.worker", json.dumps(spec)],
        input="".join(json.dumps(order) + "\n" for order in orders),
        cwd=BENCH.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    setup, check, time = map(json.loads, done.stdout.splitlines())
    assert (setup, sorted(check), len(time["seconds"])) == ({}, ["after", "before"], 1)


def test_no_kernel_is_chosen_for_the_products_of_one_contestant(monkeypatch):
    for key in CHOSEN_FOR_NUMPY:
        monkeypatch.delenv(key, raising=False)
    free = surroundings()
    for key in CHOSEN_FOR_NUMPY:
        monkeypatch.setenv(key, "Prescott")
    assert surroundings() == free
    assert free["OPENBLAS_NUM_THREADS"] == "1"


def test_the_results_say_which_kernel_the_contestants_took():
    library, version = blas()["blas"].split()[:2]
    assert kernel().split()[:2] == [library, version]


def test_every_peer_is_pinned():
    lines = (BENCH / "peers.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"#.*|[\w.-]+==[\w.]+", line)] == []


def results_of(name):
    return json.loads((BENCH / "results" / f"{name}.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", CONTESTS)
def test_results_say_what_was_measured_with_what_on_what(name):
    found = results_of(name)
    assert (found["contest"], found["title"]) == (name, CONTESTS[name].__doc__)
    assert date.fromisoformat(found["date"]).isoformat() == found["date"]
    assert isinstance(found["rehearsal"], bool)
    assert found["machine"].keys() == {"cpu", "cores", "system", "python", "threads", "blas"}
    assert {"autograd-engine", "micrograd", "torch", "jax", "numpy"} <= found["versions"].keys()
    assert found["unit"] in ("seconds a step", "bytes a node")
    assert all(isinstance(reason, str) for reason in found["absent"].values())


@pytest.mark.parametrize("name", CONTESTS)
def test_results_give_median_and_range_of_every_contestant(name):
    found = results_of(name)
    tables = [found, *found.get("tables", []), *([found["slice"]] if "slice" in found else [])]
    entries = [entry for table in tables for entry in table.get("results", [])]
    assert entries
    for entry in entries:
        assert entry["key"] and entry["name"]
        if name == "memory":
            assert entry["bytes_per_node"] > 0
        else:
            assert 0 < entry["min"] <= entry["median"] <= entry["max"]
            assert len(entry["rounds"]) >= 3 and entry["steps_per_round"] >= 1
    for table in tables:
        for pair, r in table.get("ratios", {}).items():
            assert set(pair.split(" / ")) <= {entry["key"] for entry in table["results"]}
            assert 0 < r["min"] <= r["median"] <= r["max"]


def test_results_say_of_every_chapter_what_it_weighs_and_when_it_is_seen():
    found = results_of("pages")
    chapters = sorted(page.relative_to(DOCS).with_suffix("").as_posix() for page in DOCS.glob("part*/*.md"))
    assert [entry["page"] for entry in found["results"]] == chapters
    assert all(entry["kilobytes"] > 0 for entry in found["results"])
    for times in [entry["paint"] for entry in found["results"]] + list(found["python"].values()):
        assert 0 < times["min"] <= times["median"] <= times["max"]


def test_the_collector_is_on_and_off_for_each_of_a_pair():
    from bench.contests import MICROGRAD

    on, off = on_and_off(MICROGRAD)
    assert (on.key, on.gc, off.key, off.gc) == ("micrograd", True, "micrograd-gc-off", False)
