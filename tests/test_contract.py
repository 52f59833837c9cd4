"""The five programs that must run unchanged, from checkout and wheel; and what an import costs."""

from __future__ import annotations

import copy
import os
import struct
import subprocess
import sys
import tracemalloc
import zipfile
from pathlib import Path

import pytest

from autograd import MLP, ValueNode

ROOT = Path(__file__).resolve().parent.parent

SCALARS = """
from autograd.grad import ValueNode

a = ValueNode(2.0, label='a')
b = ValueNode(-3.0, label='b')
c = ValueNode(10.0, label='c')
assert (a.value, a.grad, a.label) == (2.0, 0.0, 'a')
d = a * b + c
e = d.relu()
e.backward()
assert e.value == 4.0
assert a.grad == -3.0
assert b.grad == 2.0
assert c.grad == 1.0
assert (e.op, e.parents) == ('relu', (d,))
"""

NETWORK = """
from autograd.grad import ValueNode
from autograd.nn import MLP

model = MLP(n_inputs=3, n_outputs=[4, 4, 1])
x = [ValueNode(1.0), ValueNode(-2.0), ValueNode(3.0)]
out = model(x)
assert isinstance(out, ValueNode)
assert isinstance(model([1.0, -2, 3.0]), ValueNode)
assert model([1.0, -2, 3.0]).value == out.value
assert len(model.parameters()) == 41
assert len(MLP(2, [16, 16, 1]).parameters()) == 337
outs = MLP(3, [4, 2])(x)
assert isinstance(outs, list) and len(outs) == 2
out.backward()
assert any(p.grad for p in model.parameters())
model.zero_grad()
assert all(p.grad == 0.0 for p in model.parameters())
"""

TRAINING = """
import random

import numpy as np
from sklearn.datasets import make_moons

from autograd.grad import ValueNode
from autograd.nn import MLP

np.random.seed(1337)
random.seed(1337)
X, y = make_moons(n_samples=100, noise=0.1)
y = y * 2 - 1
model = MLP(2, [8, 8, 1])
calls = []

def loss(batch_size=None):
    calls.append(batch_size)
    if batch_size is None:
        Xb, yb = X, y
    else:
        ri = np.random.permutation(X.shape[0])[:batch_size]
        Xb, yb = X[ri], y[ri]
    inputs = [list(map(ValueNode, xrow)) for xrow in Xb]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum((p * p for p in model.parameters()))
    accuracy = [(yi > 0) == (scorei.value > 0) for yi, scorei in zip(yb, scores)]
    return data_loss + reg_loss, sum(accuracy) / len(accuracy)

history = model.train(loss, epochs=50, schedule=True)
assert calls == [None] * 50
assert len(history.loss) == len(history.accuracy) == len(history.learning_rate) == 50
assert history.loss[-1] < history.loss[0] / 2, history.loss
assert history.accuracy[-1] >= 0.9, history.accuracy
calls.clear()
model.train(loss, epochs=3, batch_size=10)
assert calls == [10, 10, 10]
"""

DRAWING = """
import graphviz
from autograd.grad import ValueNode, draw_dot

a = ValueNode(2.0, label='a')
b = ValueNode(-3.0, label='b')
c = a * b + a
c.backward()
picture = draw_dot(c)
assert isinstance(picture, graphviz.Digraph)
path = draw_dot(c).render('computation_graph', format='png')
assert path == 'computation_graph.png'
assert open(path, 'rb').read(8) == b'\\x89PNG\\r\\n\\x1a\\n'
assert any('svg' in kind for kind in picture._repr_mimebundle_())
"""

BLOCKS = """
from autograd.nn import MLP, Layer, Module, Neuron

try:
    Module()
except TypeError:
    pass
else:
    raise AssertionError('Module is abstract')

class Scaled(Module):
    def __init__(self):
        self.inner = Neuron(2, 'tanh')
    def parameters(self):
        return self.inner.parameters()
    def __call__(self, xs):
        return 2 * self.inner(xs)

modules = [Scaled(), Neuron(2), Neuron(2, 'linear'), Layer(2, 5), MLP(2, [3, 2])]
for module, count in zip(modules, [3, 3, 3, 15, 17]):
    assert isinstance(module, Module) and len(module.parameters()) == count
    ys = module([0.5, -0.5])
    sum(ys if isinstance(ys, list) else [ys]).backward()
    module.zero_grad()
    assert [p.grad for p in module.parameters()] == [0.0] * count
    try:
        module([1.0, 2.0, 3.0])
    except ValueError as error:
        assert '2' in str(error) and '3' in str(error)
    else:
        raise AssertionError('three inputs for two')
"""

PROGRAMS = {
    "scalars": SCALARS,
    "network": NETWORK,
    "training": TRAINING,
    "drawing": DRAWING,
    "blocks": BLOCKS,
}
NEEDS = {"training": "sklearn", "drawing": "graphviz"}


def run(program, folder, path, *options):
    """Runs a program in a process of its own, which finds the package in `path` only."""
    check = f"\nimport autograd\nassert autograd.__file__.startswith({str(path)!r}), autograd.__file__\n"
    environment = {key: text for key, text in os.environ.items() if not key.startswith(("PYTHON", "COV_"))}
    done = subprocess.run(
        [sys.executable, *options, "-c", program + check],
        env={**environment, "PYTHONPATH": str(path), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel, built and unpacked as an installer would do."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (archive,) = folder.glob("autograd_engine-*-py3-none-any.whl")
    with zipfile.ZipFile(archive) as files:
        files.extractall(folder / "site")
    return folder / "site"


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_the_contract_runs_from_the_checkout(name, tmp_path):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    run(PROGRAMS[name], tmp_path, ROOT)


@pytest.mark.parametrize("name", ["scalars", "network", "blocks"])
def test_a_program_of_the_contract_runs_from_the_wheel_with_nothing_else_installed(name, tmp_path, wheel):
    run(PROGRAMS[name], tmp_path, wheel, "-S", "-W", "error")


@pytest.mark.parametrize("name", ["training", "drawing"])
def test_a_program_that_needs_other_packages_runs_from_the_wheel(name, tmp_path, wheel):
    pytest.importorskip(NEEDS[name])
    run(PROGRAMS[name], tmp_path, wheel)


def test_the_wheel_holds_the_package_and_nothing_else(wheel):
    files = {path.relative_to(wheel).as_posix() for path in wheel.rglob("*") if path.is_file()}
    package = {f"autograd/{path.name}" for path in (ROOT / "autograd").glob("*.py")} | {"autograd/py.typed"}
    (info,) = {name.split("/")[0] for name in files - package}
    assert info.endswith(".dist-info")
    assert package <= files
    assert f"{info}/licenses/LICENSE" in files
    metadata = (wheel / info / "METADATA").read_text("utf-8")
    assert "Name: autograd-engine\n" in metadata
    assert "Requires-Python: >=3.11\n" in metadata
    assert not [
        line for line in metadata.splitlines() if line.startswith("Requires-Dist") and "extra" not in line
    ]


LIST_MODULES = """
import sys
before = set(sys.modules)
import autograd
print(*sorted(set(sys.modules) - before))
"""


def test_importing_the_package_loads_the_standard_library_only_and_little_of_it(tmp_path):
    modules = run(LIST_MODULES, tmp_path, ROOT).split()
    foreign = {name.partition(".")[0] for name in modules} - sys.stdlib_module_names
    assert foreign == {"autograd"}
    assert "autograd.rules" in modules
    assert len(modules) < 100, modules


def test_a_product_costs_at_most_220_bytes():
    count = 100_000
    x = y = ValueNode(1.0)
    tracemalloc.start()
    try:
        for _ in range(count):
            y = y * x
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 12 * struct.calcsize("P") < size / count <= 220  # it was measured; an address may have 4 bytes


def test_a_parameter_that_the_last_graph_did_not_reach_keeps_no_stale_gradient():
    model = MLP(2, [3, 1], seed=1)
    model([1.0, 2.0]).backward()
    model.zero_grad()
    lone = model.parameters()[-1]
    (lone * 3).backward()
    assert [p.grad for p in model.parameters()] == [0.0] * (len(model.parameters()) - 1) + [3.0]


def test_a_deep_copy_of_a_model_is_a_model_of_its_own():
    model = MLP(2, [3, 1], seed=1)
    twin = copy.deepcopy(model)
    assert twin([1.0, 2.0]).value == model([1.0, 2.0]).value
    twin([1.0, 2.0]).backward()
    assert not any(p.grad for p in model.parameters())
    assert not {*twin.parameters()} & {*model.parameters()}
