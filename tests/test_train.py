"""The training loop: what an epoch is, what a history holds, and what is left when a run ends early."""

import builtins
import gc
import math
import random
import re
import sys
from contextlib import suppress

import pytest

from autograd.grad import ValueNode
from autograd.history import spread
from autograd.nn import MLP
from autograd.optim import (
    OPTIMIZERS,
    SGD,
    Adam,
    clip_grad_norm,
    constant,
    cosine,
    linear,
    step_decay,
    warm_up,
)
from autograd.train import History, TrainingError, train


class Line:
    """A model by attributes alone: y = a * x + b."""

    def __init__(self):
        self.a, self.b = ValueNode(0.0, "a"), ValueNode(0.0, "b")

    def parameters(self):
        return [self.a, self.b]

    def values(self):
        return [self.a.value, self.b.value]

    def loss(self):
        points = [(-1.0, -1.0), (0.0, 1.0), (1.0, 3.0)]
        return sum((self.a * x + self.b - y) ** 2 for x, y in points) * (1 / 3), 0.5


def counted(loss, at, act):
    """The closure `loss`, but call number `at` (the first is 1) does `act` and returns its answer if any."""
    calls = 0

    def closure(**options):
        nonlocal calls
        calls += 1
        answer = act() if calls == at else None
        return loss(**options) if answer is None else answer

    return closure


def raising(error):
    def act(*_):
        raise error

    return act


def after(steps, **options):
    """The parameters of a line after so many whole epochs with a constant learning rate."""
    line = Line()
    train(line, line.loss, steps, None, **options)
    return line.values()


# The program of the contract


def test_the_training_program_runs_as_people_write_it(capsys):
    import numpy as np
    from sklearn.datasets import make_moons

    np.random.seed(1337)
    random.seed(1337)
    X, y = make_moons(n_samples=100, noise=0.1)
    y = y * 2 - 1
    model = MLP(2, [16, 16, 1])

    def loss(batch_size=None):
        if batch_size is None:
            Xb, yb = X, y
        else:
            ri = np.random.permutation(X.shape[0])[:batch_size]
            Xb, yb = X[ri], y[ri]
        inputs = [list(map(ValueNode, xrow)) for xrow in Xb]
        scores = list(map(model, inputs))
        losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores)]
        data_loss = sum(losses) * (1.0 / len(losses))
        reg_loss = 1e-4 * sum((p * p for p in model.parameters()))  # noqa: UP034
        accuracy = [(yi > 0) == (scorei.value > 0) for yi, scorei in zip(yb, scores)]
        return data_loss + reg_loss, sum(accuracy) / len(accuracy)

    history = model.train(loss, epochs=4, schedule=True)
    assert history.loss[-1] < history.loss[0]
    assert history.accuracy[-1] > 0.8
    assert all(type(x) is float for epoch in history for x in epoch)
    assert len(model.train(loss, epochs=2, schedule=True, batch_size=10)) == 2
    assert capsys.readouterr() == ("", "")


# An epoch


def test_an_epoch_is_one_call_of_the_closure_and_one_step():
    line, steps_before_each_call = Line(), []
    optimizer = SGD(line.parameters())

    def closure():
        steps_before_each_call.append(optimizer.steps)
        return line.loss()

    train(line, closure, 4, optimizer=optimizer)
    assert steps_before_each_call == [0, 1, 2, 3]
    assert optimizer.steps == 4


@pytest.mark.parametrize("options, wanted", [({}, {}), ({"batch_size": 7}, {"batch_size": 7})])
def test_the_closure_gets_a_batch_size_only_where_one_was_given(options, wanted):
    line, seen = Line(), []

    def closure(**got):
        seen.append(got)
        return line.loss()

    train(line, closure, 3, **options)
    assert seen == [wanted] * 3


def test_no_epochs_call_nothing_and_change_nothing():
    line = Line()
    assert len(train(line, raising(AssertionError), 0)) == 0
    assert line.values() == [0.0, 0.0]


def test_training_finds_the_line():
    line = Line()
    train(line, line.loss, 200)
    assert line.values() == pytest.approx([2.0, 1.0], abs=1e-3)


def test_the_step_is_the_one_of_the_optimiser():
    line, twin = Line(), Line()
    train(line, line.loss, 3, None, optimizer="sgd", lr=0.1)
    for _ in range(3):
        for p in twin.parameters():
            p.grad = 0.0
        twin.loss()[0].backward()
        for p in twin.parameters():
            p.value -= 0.1 * p.grad
    assert line.values() == twin.values()


def test_a_parameter_that_the_graph_does_not_reach_keeps_no_stale_gradient():
    line, only_b = Line(), Line()
    line.a.grad = 100.0
    train(line, lambda: ((line.b - 1) ** 2, None), 2, optimizer="sgd")
    assert line.a.value == line.a.grad == 0.0
    train(only_b, only_b.loss, 2, optimizer=SGD([only_b.b]))
    assert only_b.a.value == 0.0
    assert only_b.a.grad == pytest.approx(-8 / 3)  # of the last graph alone


def test_the_same_seed_gives_the_same_bits():
    def run():
        random.seed(5)
        model = MLP(2, [4, 1])
        history = model.train(lambda: ((model([1.0, -1.0]) - 0.5) ** 2, None), epochs=5)
        return history.loss, [p.value for p in model.parameters()]

    assert run() == run()


def test_the_graph_of_an_epoch_is_gone_before_the_next():
    line, alive = Line(), []

    def closure():
        alive.append(sum(isinstance(x, ValueNode) for x in gc.get_objects()))
        return line.loss()

    train(line, closure, 3)
    assert len(set(alive)) == 1


@pytest.mark.parametrize("was_on", [True, False])
@pytest.mark.parametrize("error", [None, KeyError, KeyboardInterrupt])
def test_the_garbage_collector_rests_during_an_epoch_and_is_left_as_it_was(was_on, error):
    line, seen = Line(), []

    def closure():
        seen.append(gc.isenabled())
        if error:
            raise error
        return line.loss()

    (gc.enable if was_on else gc.disable)()
    try:
        try:
            train(line, closure, 2)
        except KeyError:
            assert error is KeyError
        assert gc.isenabled() is was_on
    finally:
        gc.enable()
    assert not any(seen)


# Schedules and optimisers


def rates(schedule, epochs=4, **options):
    line = Line()
    return train(line, line.loss, epochs, schedule, **options).learning_rate


def test_a_schedule_multiplies_the_learning_rate():
    assert rates(None, lr=0.5) == rates(False, lr=0.5) == [0.5] * 4
    assert rates(linear(), lr=0.5) == [0.5, 0.375, 0.25, 0.125]
    assert rates(True, 10, lr=1.0) == pytest.approx([1.0] * 8 + [2 / 3, 1 / 3])
    assert rates(lambda epoch, epochs: epoch / epochs, lr=0.5) == [0.0, 0.125, 0.25, 0.375]


def test_an_optimiser_goes_by_name_by_class_or_ready_made():
    named = after(3, optimizer="sgd", lr=0.1)
    line = Line()
    train(line, line.loss, 3, None, optimizer=SGD(line.parameters(), lr=0.1))
    assert named == line.values() == after(3, optimizer=SGD, lr=0.1) == after(3, optimizer="SGD", lr=0.1)
    assert named == after(3, optimizer=lambda parameters: SGD(parameters, lr=0.1))


def test_a_ready_optimiser_goes_on_where_it_stopped_and_gets_its_rate_back():
    line, optimizer = Line(), None
    optimizer = Adam(line.parameters(), lr=0.05)
    for _ in range(2):
        train(line, line.loss, 3, None, optimizer=optimizer)
    assert line.values() == after(6, optimizer=Adam, lr=0.05)
    train(line, line.loss, 3, linear(), optimizer=optimizer)
    assert optimizer.lr == 0.05


def test_the_optimiser_of_another_model_is_refused():
    line = Line()
    with pytest.raises(ValueError, match=r"make it from model\.parameters\(\)"):
        train(line, line.loss, 3, optimizer=SGD(Line().parameters()))


@pytest.mark.parametrize("maker", [constant, linear, cosine, step_decay, warm_up])
def test_a_maker_of_schedules_is_no_schedule(maker):
    with pytest.raises(TypeError, match="makes a schedule: call it"):
        rates(maker)


# The plain loop


def network():
    """A small network, and the closure of its loss."""
    model = MLP(2, [4, 3, 1], seed=1)
    examples = [([1.0, 2.0], 1), ([-1.0, 0.5], -1), ([0.3, -0.7], 1)]
    return model, lambda: (sum((model(x) - y) ** 2 for x, y in examples) * (1 / 3), None)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("clip", [None, 0.5])
def test_a_loop_of_ones_own_gives_the_same_bits(name, clip):
    model, loss = network()
    history = model.train(loss, epochs=10, schedule=True, optimizer=name, clip=clip)

    twin, loss = network()
    optimizer, schedule, losses = OPTIMIZERS[name](twin.parameters()), linear(hold=0.7), []
    base = optimizer.lr
    for epoch in range(10):
        optimizer.lr = base * schedule(epoch, 10)
        node, _ = loss()
        optimizer.zero_grad()
        node.backward()
        if clip:
            clip_grad_norm(twin.parameters(), clip)
        optimizer.step()
        losses.append(node.value)
    assert twin.state_dict() == model.state_dict()
    assert losses == history.loss


# Clipping


def test_clip_bounds_the_gradient_before_the_step():
    line = Line()
    assert math.hypot(8 / 3, 2.0) > 0.1  # the gradient at the start, towards a and b
    train(line, line.loss, 1, None, optimizer="sgd", lr=1.0, clip=0.1)
    assert math.hypot(*line.values()) == pytest.approx(0.1)
    assert line.a.value / line.b.value == pytest.approx((8 / 3) / 2)


def test_a_clip_above_every_gradient_changes_no_bit():
    assert after(5, clip=1e9) == after(5)
    assert after(5, clip=1e-3) != after(5)


def test_clip_saves_a_run_that_would_explode():
    line = Line()
    with pytest.raises(ArithmeticError):
        train(line, line.loss, 50, optimizer="sgd", lr=1e200)
    line = Line()
    train(line, lambda: ((line.a - 1) ** 4 * 1e12, None), 50, None, optimizer="sgd", lr=0.1, clip=1.0)
    assert abs(line.a.value - 1) < 0.2


def test_clip_does_not_hide_a_gradient_that_is_not_finite():
    line = Line()
    with pytest.raises(TrainingError, match="a gradient became inf in epoch 1 of 9"):
        train(line, lambda: ((line.a - line.a.value) * 1e200 * 1e200, 0), 9, None, clip=1.0)


# Frozen parameters


def values_of(parameters):
    return [p.value for p in parameters]


@pytest.mark.parametrize("optimizer", [*OPTIMIZERS, SGD, lambda p: SGD(p, momentum=0.9)])
def test_frozen_modules_and_nodes_keep_their_values_and_the_others_move(optimizer):
    model, loss = network()
    bias = model.layers[1].neurons[0].bias
    kept = [*model.layers[0].parameters(), bias]
    moving = [p for p in model.parameters() if p not in kept]
    before = values_of(kept), values_of(moving)
    model.train(loss, epochs=3, optimizer=optimizer, frozen=[model.layers[0], bias])
    assert values_of(kept) == before[0]
    assert sum(a != b for a, b in zip(values_of(moving), before[1])) > len(moving) / 2


@pytest.mark.parametrize(
    "frozen",
    [
        lambda m: m.layers[0],
        lambda m: m.layers[:1],
        lambda m: m.layers[0].parameters(),
        lambda m: [m.layers[0].neurons, m.layers[0]],
        lambda m: {*m.layers[0].parameters()},
        lambda m: ([n.weights for n in m.layers[0].neurons], [n.bias for n in m.layers[0].neurons]),
    ],
)
def test_what_is_frozen_may_be_said_in_many_ways(frozen):
    model, loss = network()
    twin, its_loss = network()
    model.train(loss, epochs=3, frozen=frozen(model))
    rest = [p for layer in twin.layers[1:] for p in layer.parameters()]
    twin.train(its_loss, epochs=3, optimizer=Adam(rest))
    assert model.state_dict() == twin.state_dict()


def test_nothing_frozen_is_as_before():
    assert after(3, frozen=[]) == after(3, frozen=()) == after(3)


def test_a_ready_optimiser_leaves_out_what_is_frozen_and_goes_on_with_it_later():
    line = Line()
    optimizer = SGD(line.parameters(), momentum=0.9)
    train(line, line.loss, 2, None, optimizer=optimizer)
    a, velocity = line.a.value, optimizer.velocity[0]
    train(line, line.loss, 3, None, optimizer=optimizer, frozen=[line.a])
    assert (line.a.value, optimizer.velocity[0]) == (a, velocity)
    assert not optimizer.frozen
    train(line, line.loss, 1, None, optimizer=optimizer)
    assert line.a.value != a


def test_what_the_optimiser_held_frozen_stays_so():
    line = Line()
    optimizer = SGD(line.parameters())
    optimizer.frozen = [line.b]
    train(line, line.loss, 2, optimizer=optimizer)
    assert line.b.value == 0.0 != line.a.value
    assert optimizer.frozen == [line.b]
    with pytest.raises(ValueError, match="every parameter is frozen"):
        train(line, line.loss, 2, optimizer=optimizer, frozen=[line.a])
    assert optimizer.frozen == [line.b]


def test_a_shared_weight_is_frozen_wherever_it_is_used():
    model, _ = network()
    first, second = model.layers[0].neurons[:2]
    second.bias = first.bias
    bias = first.bias.value
    model.train(lambda: (model([1.0, 2.0]) ** 2, None), epochs=3, frozen=[second.bias])
    assert first.bias.value == bias


def test_frozen_parameters_are_saved_and_loaded_like_all_others():
    model, loss = network()
    start = model.state_dict()
    model.train(loss, epochs=2, frozen=[model.layers[0]])
    assert model.state_dict().keys() == start.keys()
    model.load_state_dict(dict.fromkeys(start, 0.25))
    assert set(values_of(model.parameters())) == {0.25}


def test_only_the_gradients_that_a_step_uses_are_checked_and_clipped():
    line = Line()
    steep = lambda: ((line.a - line.a.value) * 1e200 * 1e200 + 3.0 * line.b, None)
    train(line, steep, 1, None, optimizer="sgd", lr=1.0, clip=1.0, frozen=[line.a])
    assert line.values() == [0.0, -1.0]
    assert line.a.grad == math.inf  # computed all the same


@pytest.mark.parametrize("error", [KeyError, KeyboardInterrupt])
def test_after_an_error_nothing_stays_frozen_and_the_rest_goes_back(error):
    line = Line()
    optimizer = SGD(line.parameters())
    with suppress(KeyError):
        train(line, counted(line.loss, 3, raising(error)), 9, None, optimizer=optimizer, frozen=[line.a])
    assert not optimizer.frozen
    assert line.a.value == 0.0


STRANGE = [ValueNode(1.0), 3.0, "a", None, {"a": 1}, MLP(2, [1], seed=0), {1: "x"}.keys()]


@pytest.mark.parametrize("strange", STRANGE, ids=lambda x: type(x).__name__)
def test_freezing_what_the_model_does_not_have_is_an_error(strange):
    line = Line()
    with pytest.raises(ValueError, match="which is no parameter of this Line"):
        train(line, line.loss, 3, frozen=[line.a, strange])
    assert line.values() == [0.0, 0.0]


@pytest.mark.parametrize(
    "frozen", [lambda m: m, lambda m: [m], lambda m: m.parameters(), lambda m: [[m.a], m.b]]
)
def test_freezing_everything_is_an_error(frozen):
    line = Line()
    with pytest.raises(ValueError, match="every parameter is frozen: there is nothing left to train"):
        train(line, line.loss, 3, frozen=frozen(line))


BAD = [
    ({"clip": 0}, ValueError, "clip must be a finite number above 0, got 0"),
    ({"clip": -1.0}, ValueError, "clip must be"),
    ({"clip": math.inf}, ValueError, "clip must be"),
    ({"clip": "short"}, TypeError, "expected a number, got str"),
    ({"epochs": -1}, ValueError, "epochs must be at least 0, got -1"),
    ({"epochs": 1.5}, TypeError, "epochs must be a whole number, got float"),
    ({"batch_size": 0}, ValueError, "batch_size must be at least 1"),
    ({"batch_size": "ten"}, TypeError, "batch_size must be a whole number, got str"),
    ({"lr": -0.1}, ValueError, "lr must be"),
    ({"optimizer": "adamant"}, ValueError, "no optimiser 'adamant': choose from sgd, rmsprop, adam, nadam"),
    ({"optimizer": 3}, TypeError, "optimizer must be a name, a class or an optimiser, got int"),
    ({"schedule": 0.5}, TypeError, "schedule must be True, False, None or a function, got float"),
    ({"schedule": lambda epoch, epochs: -1.0}, ValueError, "lr must be a finite number of at least 0"),
]


@pytest.mark.parametrize("options, error, message", BAD)
def test_a_bad_argument_is_refused_before_anything_happens(options, error, message):
    line = Line()
    with pytest.raises(error, match=message):
        train(line, line.loss, **options)
    assert line.values() == [0.0, 0.0]


# What the closure returns


@pytest.mark.parametrize(
    "answer, message",
    [
        (ValueNode(1.0), r"got autograd.grad.ValueNode\n"),
        (None, r"got NoneType\n"),
        ((ValueNode(1.0),), "got tuple"),
        ((0.5, 0.5), "got float for the loss, which has no graph"),
        (([ValueNode(1.0)], 0.5), "got list for the loss"),
        ((ValueNode(1.0), "good"), "expected a number, got str"),
    ],
)
def test_a_closure_that_returns_something_else_is_told_what_is_wanted(answer, message):
    with pytest.raises(TypeError, match=message) as caught:
        train(Line(), lambda: answer)
    assert "(loss_node, accuracy)" in str(caught.value)


def test_the_loss_must_be_passed_uncalled():
    line = Line()
    with pytest.raises(TypeError, match="got tuple: pass it uncalled"):
        train(line, line.loss())


@pytest.mark.parametrize("accuracy, kept", [(None, None), (1, 1.0), (0.25, 0.25)])
def test_an_accuracy_may_be_none_or_any_number(accuracy, kept):
    line = Line()
    history = train(line, lambda: (line.loss()[0], accuracy), 1)
    assert history.accuracy == [kept]
    assert type(kept) is type(history.accuracy[0])


# Ends before the end


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_not_finite_ends_the_run_at_the_last_finite_loss(bad):
    line = Line()
    closure = counted(line.loss, 4, lambda: (line.a * 0.0 + bad, 0.0))
    with pytest.raises(TrainingError, match=f"the loss became {bad} in epoch 4 of 9") as caught:
        train(line, closure, 9, None)
    assert len(caught.value.history) == 3
    assert line.values() == after(2)
    assert line.loss()[0].value == caught.value.history.loss[-1]


def test_a_learning_rate_far_too_large_leaves_the_model_as_it_began():
    line = Line()
    with pytest.raises(ArithmeticError, match="too large for a float") as caught:
        train(line, line.loss, optimizer="sgd", lr=1e200)
    assert "in epoch 2 of 50" in notes(caught.value)
    assert len(caught.value.history) == 1
    assert line.values() == [0.0, 0.0]


def test_the_error_names_the_learning_rate():
    line = Line()
    with pytest.raises(TrainingError, match=r"in epoch 1 of 50; the learning rate was 1e\+308"):
        train(line, lambda: (line.a * 1e10, None), optimizer="sgd", lr=1e308)


def test_a_gradient_that_is_not_finite_ends_the_run_before_its_step():
    line = Line()
    closure = counted(line.loss, 3, lambda: ((line.a * 1e200) * 1e-200 * 1e308 * 1e-300 + 1e-9 * line.b, 0))
    train(line, closure, 3)  # large slopes on the way are no harm
    line = Line()
    steep = counted(line.loss, 3, lambda: ((line.a - line.a.value) * 1e200 * 1e200, 0))
    with pytest.raises(TrainingError, match="a gradient became inf in epoch 3 of 9"):
        train(line, steep, 9, None)
    assert line.values() == after(2)


def test_a_parameter_that_is_not_finite_is_taken_back():
    line = Line()

    class Wild(SGD):
        def direction(self, i, g):
            return math.inf if self.steps == 3 and i == 1 else super().direction(i, g)

    with pytest.raises(TrainingError, match="a parameter became -inf in epoch 3 of 9") as caught:
        train(line, line.loss, 9, None, optimizer=Wild(line.parameters()))
    assert line.values() == after(2, optimizer=SGD)
    assert len(caught.value.history) == 2


def notes(error):
    return " ".join(error.__notes__)


def test_a_domain_error_in_the_closure_names_the_epoch_and_keeps_the_last_good_parameters():
    line = Line()
    closure = counted(line.loss, 4, lambda: ((line.a * 0.0).log(), 0.0))
    with pytest.raises(ValueError, match=r"log\(0.0\)") as caught:
        train(line, closure, 9, None)
    assert "in epoch 4 of 9" in notes(caught.value)
    assert line.values() == after(2)


def test_a_missing_slope_in_backward_names_the_epoch_and_keeps_the_last_good_parameters():
    line = Line()
    closure = counted(line.loss, 4, lambda: ((line.a * 0.0).sqrt(), 0.0))
    with pytest.raises(ValueError, match="no slope") as caught:
        train(line, closure, 9, None)
    assert "in epoch 4 of 9" in notes(caught.value)
    assert line.values() == after(3)  # sqrt(0) is a finite loss


def test_ctrl_c_in_the_closure_keeps_every_whole_step(capsys):
    line = Line()
    history = train(line, counted(line.loss, 4, raising(KeyboardInterrupt)), 9, None)
    assert history.interrupted
    assert len(history) == 3
    assert line.values() == after(3)
    assert capsys.readouterr().err == "interrupted after 3 of 9 epochs\n"
    assert "interrupted" in str(history)
    assert "interrupted" in repr(history)


def test_ctrl_c_in_backward_keeps_every_whole_step():
    line = Line()

    class Node:
        value = 1.0
        backward = raising(KeyboardInterrupt)

    history = train(line, counted(line.loss, 4, lambda: (Node(), None)), 9, None)
    assert history.interrupted
    assert line.values() == after(3)


@pytest.mark.parametrize("error", [KeyboardInterrupt, SystemExit, RuntimeError])
def test_a_step_that_is_cut_short_is_taken_back(error):
    line = Line()

    class Cut(SGD):
        def direction(self, i, g):
            if self.steps == 4 and i == 1:
                raise error
            return super().direction(i, g)

    optimizer = Cut(line.parameters(), lr=0.1)
    try:
        history = train(line, line.loss, 9, linear(), optimizer=optimizer)
        assert history.interrupted
    except (SystemExit, RuntimeError):
        assert error is not KeyboardInterrupt
    twin = Line()
    train(twin, counted(twin.loss, 4, raising(KeyboardInterrupt)), 9, linear(), optimizer="sgd", lr=0.1)
    assert line.values() == twin.values()
    assert optimizer.lr == 0.1


# The history


def some_history(n, accuracy=0.5):
    line = Line()
    return train(line, lambda: (line.loss()[0], accuracy), n)


def test_a_history_has_one_entry_an_epoch():
    history = some_history(7)
    assert len(history) == len(history.loss) == len(history.accuracy) == len(history.learning_rate) == 7
    assert history[0].loss == history.loss[0] == next(iter(history)).loss
    assert not history.interrupted


def test_the_loss_of_an_epoch_is_the_one_before_its_step():
    assert some_history(1).loss == [Line().loss()[0].value]


def test_a_history_prints_as_a_short_table():
    assert str(History()).splitlines() == [" epoch        loss    accuracy    learning rate"]
    lines = str(some_history(50)).splitlines()
    assert len(lines) == 12
    assert lines[1].split() == ["1", "3.667", "0.500", "0.1"]
    assert lines[-1].split()[0] == "50"
    assert len({len(line) for line in lines}) == 1
    assert str(some_history(1, None)).splitlines()[-1].split()[2] == "-"


def test_a_long_history_shows_its_first_and_last_epoch_and_some_between():
    assert spread(3) == [0, 1, 2]
    assert spread(1001) == list(range(0, 1001, 100))


@pytest.mark.parametrize(
    ("history", "points"),
    [(History(), []), (some_history(5), [5, 5, 5]), (some_history(5, None), [5, 5])],
)
def test_a_history_plots_loss_accuracy_and_learning_rate(history, points, tmp_path):
    history.plot().save(tmp_path / "history.svg")
    picture = (tmp_path / "history.svg").read_text(encoding="utf-8")
    assert re.findall(r">(loss|accuracy|learning rate)<", picture) == ["loss", "accuracy", "learning rate"]
    paths = re.findall(r'<path d="([^"]*)"[^>]*stroke-width="1.8"', picture)
    lines = [len(re.findall("[Mhvl]", path)) for path in paths]
    assert len(lines) == len(points)
    assert all(2 <= drawn <= given for drawn, given in zip(lines, points))  # a straight line needs two


# What may be missing


@pytest.fixture
def without(monkeypatch):
    """Makes the import of a package fail as if it were not installed."""
    real = builtins.__import__

    def hide(name):
        for module in [m for m in sys.modules if m.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)

        def fake(wanted, *args, **kwargs):
            if wanted.partition(".")[0] == name:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
            return real(wanted, *args, **kwargs)

        monkeypatch.setattr(builtins, "__import__", fake)

    return hide


def test_training_without_tqdm_is_silent(without, capsys):
    without("tqdm")
    line = Line()
    assert len(train(line, line.loss, 3, progress=True)) == 3
    assert capsys.readouterr() == ("", "")


def test_a_bar_shows_on_a_terminal_or_when_it_is_asked_for(capsys, monkeypatch):
    line = Line()
    train(line, line.loss, 3)
    assert capsys.readouterr().err == ""  # not a terminal
    train(line, line.loss, 3, progress=True)
    assert "3/3" in capsys.readouterr().err
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    train(line, line.loss, 3)
    assert "accuracy 0.500" in capsys.readouterr().err
    train(line, line.loss, 3, progress=False)
    assert capsys.readouterr().err == ""
