"""Training from data: the same steps as the eager loop, the same errors, and nothing left half done."""

import importlib
import math
import random
import subprocess
import sys

import numpy as np
import pytest

from autograd.fit import fit, predict
from autograd.grad import ValueNode
from autograd.losses import binary_cross_entropy, cross_entropy, squared_error
from autograd.nn import MLP
from autograd.optim import OPTIMIZERS, SGD, Adam, constant, cosine, linear, step_decay, warm_up
from autograd.train import TrainingError

X = [[0.5, -1.0], [1.0, 2.0], [-0.3, 0.7], [0.2, 0.1], [-1.5, 0.4], [0.9, -0.6], [2.0, 0.3]]
Y = [1.0, -1.0, 0.5, 0.0, 2.0, -0.5, 0.3]
CLASSES = [0, 2, 1, 1, 0, 2, 2]

both = pytest.mark.parametrize("arrays", ["numpy", None])


def network(outputs=1):
    return MLP(2, [4, outputs], activation="tanh", seed=1)


def values(model):
    return [p.value for p in model.parameters()]


def fitted(y=Y, loss=squared_error, *, outputs=1, examples=X, **options):
    """The parameters of a network after a short run, and its history."""
    model = network(outputs)
    history = model.fit(examples, y, loss, **{"epochs": 4, "progress": False, **options})
    return values(model), history


def eager(y=Y, loss=squared_error, *, outputs=1, penalty=None, model=None, **options):
    """The same by `train`, with the whole of the data in each epoch."""
    model = model or network(outputs)

    def closure():
        total = sum(loss(model(x), t) for x, t in zip(X, y)) / len(X)
        return total + penalty(model) if penalty else total, None

    history = model.train(closure, **{"epochs": 4, "progress": False, **options})
    return values(model), history


def nearly(expected, rel=1e-9):
    return pytest.approx(expected, rel=rel, abs=rel)


def raises_at(call, error, answer=0.5):
    """A measure that raises an error when it is called for the n-th time."""
    calls = 0

    def measure(score, target):
        nonlocal calls
        calls += 1
        if calls == call:
            raise error
        return answer

    return measure


def squares(model):
    return 0.1 * sum(p * p for p in model.parameters())


# The same training as the eager loop


@both
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize(
    "schedule",
    [True, False, None, constant(), linear(0.1), cosine(), step_decay(2, 0.5), warm_up(2, cosine())],
)
def test_every_optimiser_and_schedule_takes_the_steps_of_the_eager_loop(arrays, optimizer, schedule):
    options = {"optimizer": optimizer, "schedule": schedule, "lr": 0.01}
    found, history = fitted(arrays=arrays, **options)
    expected, before = eager(**options)
    assert found == nearly(expected)
    assert history.loss == nearly(before.loss)
    assert history.learning_rate == before.learning_rate


@both
@pytest.mark.parametrize(
    "options",
    [{"penalty": squares}, {"clip": 0.1}, {"clip": 100.0}, {"clip": 0.1, "penalty": squares, "lr": 0.003}],
)
def test_penalty_and_clip_are_those_of_the_eager_loop(arrays, options):
    assert fitted(arrays=arrays, optimizer="sgd", **options)[0] == nearly(
        eager(optimizer="sgd", **options)[0]
    )


@both
@pytest.mark.parametrize("optimizer", [SGD, lambda p: Adam(p, lr=0.02)])
def test_an_optimiser_may_be_a_class_or_a_function(arrays, optimizer):
    assert fitted(arrays=arrays, optimizer=optimizer)[0] == nearly(eager(optimizer=optimizer)[0])


@both
@pytest.mark.parametrize(
    "chosen",
    [
        lambda model: model.layers[0],
        lambda model: model.parameters()[3],
        lambda model: [model.layers[1], model.parameters()[0]],
    ],
)
def test_what_is_frozen_keeps_its_value_and_the_rest_goes_its_way(arrays, chosen):
    model, other = network(), network()
    start, held = values(model), chosen(model)
    model.fit(X, Y, squared_error, epochs=4, frozen=held, arrays=arrays, clip=0.5)
    assert values(model) == nearly(eager(model=other, frozen=chosen(other), clip=0.5)[0])
    nodes = held if isinstance(held, list) else [held]
    ids = {id(p) for part in nodes for p in (part.parameters() if hasattr(part, "parameters") else [part])}
    for p, before in zip(model.parameters(), start):
        assert (p.value == before) == (id(p) in ids)


@both
@pytest.mark.parametrize("size", [1, 3, 6])
def test_batches_are_the_eager_steps_on_the_shuffled_examples(arrays, size):
    found, history = fitted(arrays=arrays, batch_size=size, seed=5, optimizer="sgd", lr=0.05, schedule=None)
    model, order, means = network(), random.Random(5), []
    optimizer = SGD(model.parameters(), lr=0.05)
    for _ in range(4):
        places, total = list(range(len(X))), 0.0
        order.shuffle(places)
        for i in range(0, len(X), size):
            batch = places[i : i + size]
            loss = sum(squared_error(model(X[k]), Y[k]) for k in batch) / len(batch)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            total += len(batch) * loss.value
        means.append(total / len(X))
    assert found == nearly(values(model))
    assert history.loss == nearly(means)


@pytest.mark.parametrize("size", [None, 2])
def test_float32_goes_nearly_the_same_way(size):
    assert fitted(dtype="float32", batch_size=size, seed=0)[0] == nearly(
        fitted(batch_size=size, seed=0)[0], rel=1e-3
    )


@both
def test_shared_parameters_are_stepped_once(arrays):
    class Tied:
        def __init__(self):
            self.a = ValueNode(0.5)

        def __call__(self, x):
            return self.a * x[0] + self.a * x[1]

        def parameters(self):
            return [self.a, self.a]

    model = Tied()
    start = sum(2 * (0.5 * sum(x) - t) * sum(x) for x, t in zip(X, Y)) / len(X)
    fit(model, X, Y, squared_error, epochs=1, optimizer="sgd", lr=0.1, arrays=arrays, clip=None)
    assert model.a.value == nearly(0.5 - 0.1 * start)


# The history


@both
def test_the_accuracy_is_measured_before_the_epoch_in_plain_numbers(arrays):
    model, seen = network(3), []

    def right(scores, target):
        seen.append((type(scores), type(scores[0]), target))
        return np.bool_(scores.index(max(scores)) == target.index(max(target)))

    answers = model.predict(X, arrays=None)
    expected = sum(a.index(max(a)) == c for a, c in zip(answers, CLASSES)) / len(X)
    history = model.fit(X, CLASSES, cross_entropy, epochs=3, accuracy=right, arrays=arrays)
    assert history.accuracy[0] == expected
    assert all(type(x) is float for epoch in history for x in epoch)
    assert len(seen) == 3 * len(X)
    assert seen[1] == (list, float, [0.0, 0.0, 1.0])


@both
def test_no_epochs_change_nothing(arrays):
    found, history = fitted(epochs=0, arrays=arrays)
    assert found == values(network())
    assert len(history) == 0 and not history.interrupted


@both
def test_a_batch_larger_than_the_data_is_all_of_it_and_draws_nothing(arrays):
    random.seed(3)
    before = random.getstate()
    assert fitted(batch_size=100, arrays=arrays)[0] == fitted(arrays=arrays)[0]
    assert random.getstate() == before


@both
def test_without_a_seed_the_global_random_numbers_repeat_a_run(arrays):
    runs = []
    for seed in (7, 7, 8):
        random.seed(seed)
        runs.append(fitted(batch_size=2, arrays=arrays)[0])
    assert runs[0] == runs[1] != runs[2]


def test_a_seed_leaves_the_global_random_numbers_alone():
    before = random.getstate()
    assert fitted(batch_size=2, seed=4) != fitted(batch_size=2, seed=5)
    assert random.getstate() == before


def test_a_bar_is_shown_when_asked_for(capsys):
    fitted(progress=True)
    assert "4/4" in capsys.readouterr().err


# What goes in


@both
@pytest.mark.parametrize(
    ("some_x", "some_y"),
    [
        (tuple(map(tuple, X)), tuple(Y)),
        (np.array(X), np.array(Y)),
        (list(map(np.array, X)), list(np.array(Y))),
    ],
    ids=["tuples", "arrays", "lists of arrays"],
)
def test_examples_are_lists_tuples_or_arrays(arrays, some_x, some_y):
    assert fitted(some_y, examples=some_x, arrays=arrays)[0] == fitted(arrays=arrays)[0]


def hot(label):
    return [float(k == label) for k in range(3)]


@both
@pytest.mark.parametrize(
    "labels",
    [
        tuple(CLASSES),
        [float(c) for c in CLASSES],
        np.array(CLASSES),
        np.array(CLASSES, dtype="uint8"),
        [hot(c) for c in CLASSES],
        [tuple(hot(c)) for c in CLASSES],
        np.array([hot(c) for c in CLASSES]),
        [np.array(hot(c)) for c in CLASSES],
    ],
)
def test_classes_are_whole_numbers_or_lists_with_a_1(arrays, labels):
    found, _ = fitted(labels, cross_entropy, outputs=3, arrays=arrays)
    assert found == nearly(eager(CLASSES, cross_entropy, outputs=3)[0])


@both
@pytest.mark.parametrize("label", [3, -1, 0.5, math.nan, math.inf, "1", "a", None, [1.0, 0.0, 0.0]])
def test_what_is_no_class_is_refused(arrays, label):
    with pytest.raises(ValueError, match=r"must be a whole number from 0 to 2, .* got"):
        fitted([0, label, *CLASSES[2:]], cross_entropy, outputs=3, arrays=arrays)


@both
def test_targets_may_be_lists_of_any_numbers(arrays):
    def both_errors(scores, target):
        return sum(squared_error(s, t) for s, t in zip(scores, target))

    pairs = [[y, -2.0 * y] for y in Y]
    found, _ = fitted(pairs, both_errors, outputs=2, arrays=arrays)
    assert found == nearly(eager(pairs, both_errors, outputs=2)[0])


@both
@pytest.mark.parametrize(
    ("some_x", "some_y", "error", "message"),
    [
        (X, Y[:3], ValueError, "7 examples and 3 targets"),
        ([], [], ValueError, "0 examples and 0 targets"),
        (np.zeros((0, 2)), np.zeros(0), ValueError, "0 examples"),
        ("abcdefg", Y, TypeError, "X must be a list or an array, got str"),
        (X, "abcdefg", TypeError, "y must be a list or an array, got str"),
        (None, Y, TypeError, "X must be .*, got NoneType"),
        (X, None, TypeError, "y must be .*, got NoneType"),
        (iter(X), Y, TypeError, "X must be .*, got list_iterator"),
        (np.array(1.0), Y, TypeError, "X must be .*, got float"),
        ([1.0] * 7, Y, TypeError, "takes its inputs in a list, got float"),
        ([[1.0, 2.0, 3.0]] * 7, Y, ValueError, "takes 2 inputs, got 3"),
        ([X[0], [1.0, 2.0, 3.0], *X[2:]], Y, ValueError, "argument 'x' must be a list of 2, got 3"),
        ([X[0], None, *X[2:]], Y, ValueError, "argument 'x' must be a list of 2, got NoneType"),
        ([X[0], ["1", 0.0], *X[2:]], Y, TypeError, "expected a number, got str"),
        ([X[0], [None, 0.0], *X[2:]], Y, TypeError, "expected a number, got NoneType"),
        (np.array(X) + 1j, Y, TypeError, "expected a number, got complex"),
        (X, ["a", *Y[1:]], TypeError, "expected a number, got str"),
        (X, [*Y[:-1], "1"], TypeError, "expected a number, got str"),
        (X, [*Y[:-1], None], TypeError, "expected a number, got NoneType"),
        (X, [[y] for y in Y], TypeError, "expected a number, got list"),
        (X, np.array(Y)[:, None], TypeError, "expected a number, got list"),
    ],
)
def test_data_of_another_kind_or_shape_is_refused_before_the_first_step(
    arrays, some_x, some_y, error, message
):
    model = network()
    with pytest.raises(error, match=message):
        model.fit(some_x, some_y, squared_error, arrays=arrays)
    assert values(model) == values(network())


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"epochs": -1}, ValueError, "epochs must be at least 0"),
        ({"epochs": 1.5}, TypeError, "epochs must be a whole number"),
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
        ({"batch_size": 1.5}, TypeError, "batch_size must be a whole number"),
        ({"clip": 0}, ValueError, "clip must be"),
        ({"optimizer": "foo"}, ValueError, "there is no optimiser 'foo'"),
        ({"optimizer": 5}, TypeError, "optimizer must be"),
        ({"optimizer": SGD([ValueNode(1.0)])}, TypeError, "a name or a class, such as SGD"),
        ({"schedule": "x"}, TypeError, "schedule must be"),
        ({"schedule": cosine}, TypeError, "cosine makes a schedule"),
        ({"dtype": "int"}, ValueError, "dtype must be"),
        ({"arrays": "lists"}, ValueError, "arrays must be"),
        ({"frozen": network()}, ValueError, "no parameter of this MLP"),
        ({"loss": lambda s, t: [s, s]}, TypeError, "returns lists"),
        ({"loss": lambda s, t: None}, TypeError, "expected a number, got NoneType"),
        ({"accuracy": lambda s, t: None}, TypeError, "NoneType"),
    ],
)
def test_a_wrong_argument_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        fitted(**options)


def test_a_model_that_is_frozen_as_a_whole_is_refused():
    model = network()
    with pytest.raises(ValueError, match="nothing left to train"):
        model.fit(X, Y, squared_error, frozen=model)


# When it goes wrong


@both
@pytest.mark.parametrize("bad", [math.nan, math.inf, 1e200])
@pytest.mark.parametrize("place", [0, 3])
def test_a_loss_that_is_no_number_stops_the_run_before_the_step(arrays, bad, place):
    model, targets = network(), [*Y]
    targets[place] = bad
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf)") as caught:
        model.fit(X, targets, squared_error, epochs=3, arrays=arrays)
    assert caught.value.__notes__ == ["in epoch 1 of 3"]
    assert len(caught.value.history) == 0
    assert values(model) == values(network())


@both
@pytest.mark.parametrize("size", [None, 3])
@pytest.mark.parametrize(("optimizer", "lr"), [("sgd", 1e30), ("sgd", 1e300), ("adam", 1e308)])
def test_an_exploding_run_ends_with_the_parameters_of_the_last_whole_step(arrays, size, optimizer, lr):
    model = network()
    with pytest.raises(TrainingError, match="a smaller one may help") as caught:
        model.fit(
            *(X, Y, squared_error),
            optimizer=optimizer,
            lr=lr,
            batch_size=size,
            seed=0,
            arrays=arrays,
            epochs=20,
        )
    history = caught.value.history
    assert caught.value.__notes__[-1] == f"in epoch {len(history) + 1} of 20"
    assert all(map(math.isfinite, [*values(model), *history.loss]))
    assert values(model) != values(network())


@both
@pytest.mark.parametrize("arrays_dtype", [("float64", 1e200), ("float32", 1e25)])
def test_a_gradient_whose_square_is_too_large_is_clipped_all_the_same(arrays, arrays_dtype):
    dtype, factor = arrays_dtype
    options = {"optimizer": "sgd", "clip": 1.0, "epochs": 1}
    found, _ = fitted(loss=lambda s, t: s * factor, arrays=arrays, dtype=dtype, **options)
    assert found == nearly(eager(loss=lambda s, t: s * factor, **options)[0], rel=1e-5)


@both
def test_an_error_of_the_model_itself_names_the_example_and_keeps_the_last_step(arrays):
    class Root:
        def __init__(self):
            self.a = ValueNode(1.0)

        def __call__(self, x):
            return (self.a * x).log()

        def parameters(self):
            return [self.a]

    model = Root()
    with pytest.raises(ValueError) as caught:
        fit(model, [1.0, 2.0, -1.0], [0.0, 0.0, 0.0], squared_error, epochs=2, arrays=arrays)
    assert "in example 2 of the batch, counted from 0" in caught.value.__notes__
    assert caught.value.__notes__[-1] == "in epoch 1 of 2"
    assert model.a.value == 1.0


@both
@pytest.mark.parametrize("size", [None, 3])
def test_an_error_in_the_accuracy_leaves_the_epochs_before(arrays, size):
    model = network()
    with pytest.raises(KeyError) as caught:
        model.fit(
            *(X, Y, squared_error),
            accuracy=raises_at(2 * len(X) + 3, KeyError("oh")),
            epochs=5,
            arrays=arrays,
            schedule=None,
            batch_size=size,
            seed=0,
        )
    assert caught.value.__notes__ == ["in epoch 3 of 5"]
    assert len(caught.value.history) == 2
    expected = fitted(epochs=2, arrays=arrays, schedule=None, batch_size=size, seed=0)
    assert values(model) == expected[0]


@both
def test_ctrl_c_in_the_accuracy_ends_the_run_after_whole_epochs(arrays, capsys):
    model = network()
    history = model.fit(
        *(X, Y, squared_error),
        accuracy=raises_at(2 * len(X) + 3, KeyboardInterrupt),
        epochs=5,
        arrays=arrays,
        schedule=None,
    )
    assert history.interrupted and len(history) == 2
    assert capsys.readouterr().err == "interrupted after 2 of 5 epochs\n"
    assert values(model) == fitted(epochs=2, arrays=arrays, schedule=None)[0]


@both
def test_ctrl_c_in_the_middle_of_a_step_takes_it_back(arrays):
    class Slow(SGD):
        def step(self):
            if self.steps == 4:
                self.parameters[0].value += 1.0
                raise KeyboardInterrupt
            super().step()

    options = {"arrays": arrays, "batch_size": 4, "seed": 0, "schedule": None}
    found, history = fitted(optimizer=Slow, epochs=9, **options)
    assert history.interrupted and len(history) == 2
    assert found == fitted(optimizer="sgd", epochs=2, **options)[0]


@both
def test_the_gradients_that_are_left_are_numbers(arrays):
    model = network()
    model.fit(X, Y, squared_error, epochs=2, arrays=arrays)
    assert all(math.isfinite(p.grad) for p in model.parameters())
    eager(model=model)  # and do no harm to what comes after
    other = network()
    other.fit(X, Y, squared_error, epochs=2, arrays=arrays)
    for p in other.parameters():
        p.grad = 0.0
    assert values(model) == eager(model=other)[0]


# Answers


@both
@pytest.mark.parametrize("some_x", [X, tuple(map(tuple, X)), np.array(X), list(map(np.array, X))])
@pytest.mark.parametrize("outputs", [1, 3])
def test_predict_answers_each_example_and_changes_nothing(arrays, some_x, outputs):
    model = network(outputs)
    for p in model.parameters():
        p.grad = 0.25
    found = model.predict(some_x, arrays=arrays)
    assert isinstance(found, np.ndarray if arrays else list)
    expected = [[n.value for n in y] if outputs > 1 else y.value for y in map(model, X)]
    assert np.allclose(found, expected, rtol=1e-12, atol=1e-15)
    assert np.shape(found) == np.shape(expected)
    assert values(model) == values(network(outputs))
    assert {p.grad for p in model.parameters()} == {0.25}


def test_predict_has_the_type_of_the_numbers_asked_for():
    assert predict(network(), X, dtype="float32").dtype == np.float32
    assert type(predict(network(), X, arrays=None)[0]) is float


@both
@pytest.mark.parametrize(
    ("some_x", "error", "message"),
    [
        ([], ValueError, "there must be an example to predict"),
        (None, TypeError, "X must be a list or an array, got NoneType"),
        ("ab", TypeError, "X must be a list or an array, got str"),
        (1.0, TypeError, "X must be a list or an array, got float"),
        ([[1.0, 2.0, 3.0]], ValueError, "takes 2 inputs, got 3"),
        ([[1.0, 2.0], [1.0]], ValueError, "argument 'x' must be a list of 2, got 1"),
        ([1.0, 2.0], TypeError, "takes its inputs in a list"),
        ([[1.0, 2.0], ["a", 2.0]], TypeError, "expected a number, got str"),
    ],
)
def test_predict_refuses_what_is_no_table_of_examples(arrays, some_x, error, message):
    with pytest.raises(error, match=message):
        network().predict(some_x, arrays=arrays)


@both
def test_a_fitted_classifier_tells_the_classes_apart(arrays):
    rows = [[math.cos(k), math.sin(k)] for k in range(20)]
    labels = [float(y > 0) for _, y in rows]
    model = network()
    model.fit(rows, labels, binary_cross_entropy, epochs=60, batch_size=5, seed=0, arrays=arrays)
    assert [float(s > 0) for s in model.predict(rows, arrays=arrays)] == labels


# Without numpy


def test_without_numpy_the_error_says_what_to_install_and_pure_python_works(monkeypatch):
    find = importlib.import_module

    def no_numpy(name):
        if name == "numpy":
            raise ModuleNotFoundError("No module named 'numpy'")
        return find(name)

    monkeypatch.setattr(importlib, "import_module", no_numpy)
    for run in (fitted, lambda: network().predict(X)):
        with pytest.raises(ImportError, match="arrays='numpy' needs numpy: pip install numpy"):
            run()
    found, _ = fitted(arrays=None, batch_size=3, seed=0, accuracy=lambda s, t: s > t)
    assert found == fitted(arrays=None, batch_size=3, seed=0)[0]
    assert len(network().predict(X, arrays=None)) == len(X)


def loaded_by(program):
    code = program + "; import sys; print(*sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


def test_importing_the_package_loads_neither_numpy_nor_the_compiler():
    late = {"numpy", "autograd.compile", "autograd.fit", "autograd.batch", "autograd.arrays"}
    assert not late & loaded_by("import autograd, autograd.nn, autograd.train")


def test_fitting_in_pure_python_never_loads_numpy():
    program = (
        "from autograd.nn import MLP; from autograd.losses import squared_error;"
        "MLP(1, [1]).fit([[1.0], [2.0]], [1.0, 2.0], squared_error, arrays=None, epochs=2, batch_size=1)"
    )
    assert "numpy" not in loaded_by(program)
