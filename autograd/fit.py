"""Training from data: the loss of one example, compiled, over batches of examples."""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from typing import Any

from autograd.arrays import Arrays
from autograd.compile import Compiled, compile
from autograd.history import Epoch, History
from autograd.optim import Optimizer, Schedule, above_zero, clip_grad_norm, whole
from autograd.rules import kind
from autograd.train import (
    TrainingError,
    as_frozen,
    as_optimizer,
    as_schedule,
    collector_paused,
    progress_bar,
)

__all__ = ["fit", "predict"]


def fit(
    model: Any,
    X: Any,
    y: Any,
    loss: Callable[[Any, Any], Any],
    *,
    epochs: int = 50,
    batch_size: int | None = None,
    schedule: Schedule | bool | None = True,
    optimizer: str | Callable[..., Optimizer] = "adam",
    lr: float | None = None,
    penalty: Callable[[Any], Any] | None = None,
    clip: float | None = None,
    frozen: Any = (),
    accuracy: Callable[[Any, Any], float] | None = None,
    arrays: str | None = "numpy",
    dtype: str = "float64",
    seed: int | None = None,
    progress: bool | None = None,
) -> History:
    """Trains a model on examples.

    The loss of the first example is recorded and compiled; the program then runs over
    whole batches. What `autograd.compile.compile` says of branches and constants holds
    for the model and for the loss.

    Args:
        model: a module; called with one example.
        X: the examples, a list or an array; each is what the model takes.
        y: the targets, one for each example: numbers, or lists of them. Whole numbers
            for a model that returns a list are classes, and become lists with a 1.
        loss: takes what the model returns and the target; returns one number.
        epochs: how often to go through all examples.
        batch_size: how many examples go into one step, drawn in a new order in each
            epoch; None for all of them.
        schedule: as in `train`, by epochs.
        optimizer: a name from `OPTIMIZERS`, or a class.
        lr: the learning rate; None for the one that the optimiser has by itself.
        penalty: takes the model; returns a number that is added to the loss.
        clip: the largest norm that the gradient may have.
        frozen: parameters that keep their values: modules, nodes, lists of them.
        accuracy: takes what the model returns and the target, as numbers; its mean over
            the examples before each epoch goes into the history.
        arrays: "numpy", or None for pure Python.
        dtype: the type of the numbers in arrays, "float64" or "float32".
        seed: makes the order of the examples repeatable; without it the global `random`
            is used.
        progress: whether to show a bar; None for yes in terminals and notebooks.

    Returns:
        The history; its loss is the mean over the epoch, each batch before its step.
        Ctrl-C ends the run early, and the history then says `interrupted`.

    Raises:
        TrainingError: the loss, a gradient or a parameter became nan or inf. After this
            and any other error the parameters are those of the last whole step.
        TypeError, ValueError: an argument is not what it has to be.
    """
    data = Data(model, X, y)
    steps = Steps(model, data, loss, penalty, as_frozen(frozen, model), arrays, dtype)
    if isinstance(optimizer, Optimizer):
        raise TypeError(
            "fit makes the optimiser itself: give it a name or a class, "
            f"such as {type(optimizer).__name__}"
        )
    ready = as_optimizer(optimizer, steps, lr)
    limit = None if clip is None else above_zero("clip", clip)
    factor, base = as_schedule(schedule), ready.lr
    epochs, history = whole("epochs", epochs, 0), History()
    order = random if seed is None else random.Random(seed)
    size = data.n if batch_size is None else whole("batch_size", batch_size, 1)
    try:
        with progress_bar(epochs, progress) as report, collector_paused():
            for epoch in range(epochs):
                ready.lr = base * factor(epoch, epochs)
                right = steps.accuracy(accuracy) if accuracy else None
                total = 0.0
                for batch in data.batches(size, order):
                    total += len(batch) * steps.step(batch, ready, limit)
                history.epochs.append(Epoch(total / data.n, right, ready.lr))
                report(history[-1])
    except KeyboardInterrupt:
        history.interrupted = True
        done = len(history)
        print(f"interrupted after {done} of {epochs} epochs", file=sys.stderr)
    except Exception as error:
        error.history = history  # type: ignore[attr-defined]
        error.add_note(f"in epoch {len(history) + 1} of {epochs}")
        raise
    finally:
        steps.finish()
    return history


def predict(
    model: Any, X: Any, *, arrays: str | None = "numpy", dtype: str = "float64"
) -> Any:
    """Returns what a model answers to each example, as numbers; nothing is recorded.

    The model is compiled with the first example.

    Args:
        model: a module; called with one example.
        X: the examples, a list or an array; each is what the model takes.
        arrays: "numpy", or None for pure Python.
        dtype: the type of the numbers in arrays.

    Returns:
        An array with a row for each example, or with pure Python a list.
    """
    examples = as_list("X", X)
    if not examples:
        raise ValueError("there must be an example to predict, got none")
    program = compile(call, model, examples[0], batched=1, arrays=arrays, dtype=dtype)
    return program(model, X if arrays else examples)


def call(model: Any, x: Any) -> Any:
    """Returns what a model answers."""
    return model(x)


class Data:
    """Examples and targets, side by side, in lists.

    Args:
        model: shows by its first answer what a target should look like.
        X: the examples.
        y: the targets.
    """

    def __init__(self, model: Any, X: Any, y: Any) -> None:
        self.X, self.y = as_list("X", X), as_list("y", y)
        self.n = len(self.X)
        if self.n != len(self.y) or not self.n:
            raise ValueError(
                "there must be examples, and a target for each: "
                f"got {self.n} examples and {len(self.y)} targets"
            )
        answer = model(self.X[0])
        if isinstance(answer, list | tuple) and not isinstance(self.y[0], list | tuple):
            self.y = [one_hot(label, len(answer)) for label in self.y]

    def batches(self, size: int, order: Any) -> Iterator[list[int]]:
        """Yields the places of the examples of each batch of an epoch."""
        places = list(range(self.n))
        if size < self.n:
            order.shuffle(places)
        for i in range(0, self.n, size):
            yield places[i : i + size]


class Flat:
    """All parameters as one array, which an optimiser takes for one parameter."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.grad = 0.0 * value


class Steps:
    """The steps of a training run, on the parameters of a model or on an array of them.

    Args:
        model: the model.
        data: what it learns from.
        loss: of an answer and a target.
        penalty: of the model; None for none.
        frozen: parameters that keep their values.
        arrays: "numpy", or None for pure Python.
        dtype: the type of the numbers in arrays.
    """

    def __init__(
        self,
        model: Any,
        data: Data,
        loss: Callable[[Any, Any], Any],
        penalty: Callable[[Any], Any] | None,
        frozen: set[Any],
        arrays: str | None,
        dtype: str,
    ) -> None:
        def objective(model: Any, x: Any, t: Any) -> Any:
            answer = loss(model(x), t)
            return answer if penalty is None else answer + penalty(model)

        self.model, self.data = model, data
        self.nodes = [p for p in dict.fromkeys(model.parameters()) if p not in frozen]
        self.program = compile(
            *(objective, model, data.X[0], data.y[0]),
            batched=(1, 2),
            arrays=arrays,
            dtype=dtype,
            frozen=frozen,
        )
        self.flat: Flat | None = None
        self.answers: Compiled | None = None
        self.kit = Arrays(arrays, dtype) if arrays else None
        if self.kit:
            self.flat = Flat(self.kit.array([p.value for p in self.nodes]))
        _, self.X, self.y = self.program.pack([model, data.X, data.y])

    def parameters(self) -> list[Any]:
        """Returns what an optimiser is to step."""
        return self.nodes if self.flat is None else [self.flat]

    def values(self) -> Any:
        """Returns the values of the parameters, as a list or an array."""
        return [p.value for p in self.nodes] if self.flat is None else self.flat.value

    def step(
        self, batch: list[int], optimizer: Optimizer, limit: float | None
    ) -> float:
        """Takes a step, whole or not at all; returns the loss before it."""
        before = [p.value + 0.0 for p in self.parameters()]
        try:
            with self.quiet():
                loss, gradient = self.gradient(batch)
                self.refuse_nan("the loss", [loss], optimizer.lr)
                self.refuse_nan("a gradient", gradient, optimizer.lr)
                self.hand_over(gradient, limit)
                optimizer.step()
                self.refuse_nan("a parameter", self.values(), optimizer.lr)
        except BaseException:  # Ctrl-C too
            for p, value in zip(self.parameters(), before):
                p.value = value
            raise
        return loss

    def quiet(self) -> AbstractContextManager[Any]:
        """Keeps numpy from warning of what becomes an error anyway."""
        if self.kit is None or self.kit.library != "numpy":
            return nullcontext()
        errors: AbstractContextManager[Any] = self.kit.xp.errstate(all="ignore")
        return errors

    def gradient(self, batch: list[int]) -> tuple[float, Any]:
        """Returns the mean loss of a batch and its gradient."""
        chosen = [self.X, self.y]
        if len(batch) < self.data.n and self.flat is not None:
            chosen = [each[batch] for each in chosen]
        elif len(batch) < self.data.n:
            chosen = [[each[i] for i in batch] for each in chosen]
        loss, (gradient,) = self.program.value_and_grad(self.values(), *chosen)
        return float(loss), gradient

    def hand_over(self, gradient: Any, limit: float | None) -> None:
        """Gives the parameters their gradients, of a norm within the limit."""
        if self.flat is not None:
            self.flat.grad = gradient
            if limit is not None:
                # In units of the largest, as in clip_grad_norm.
                largest = float(abs(gradient).max()) or 1.0
                unit = gradient / largest
                length = math.sqrt((unit * unit).sum())
                if largest * length > limit:
                    self.flat.grad = unit * (limit / length)
            return
        for p, g in zip(self.nodes, gradient, strict=True):
            p.grad = g
        if limit is not None:
            clip_grad_norm(self.nodes, limit)

    def refuse_nan(self, what: str, numbers: Any, lr: float) -> None:
        """Raises a TrainingError if one of the numbers is nan or inf."""
        # One that is makes the sum so too; only then is it worth a look at each.
        if math.isfinite(sum(numbers) if isinstance(numbers, list) else numbers.sum()):
            return
        for x in numbers:
            if not math.isfinite(x):
                raise TrainingError(
                    f"{what} became {x}; the learning rate was {lr:.4g}, "
                    "a smaller one may help"
                )

    def accuracy(self, measure: Callable[[Any, Any], float]) -> float:
        """Returns the mean of a measure of answer and target over all examples."""
        if self.answers is None:
            kit = None if self.flat is None else "numpy"
            example = self.data.X[0]
            self.answers = compile(call, self.model, example, batched=1, arrays=kit)
        self.finish()
        answers = self.answers(self.model, self.X)
        rows = answers if isinstance(answers, list) else answers.tolist()
        return float(sum(map(measure, rows, self.data.y)) / self.data.n)

    def finish(self) -> None:
        """Gives the model the values that were found."""
        if self.flat is not None:
            for p, value in zip(self.nodes, self.flat.value.tolist(), strict=True):
                p.value = value


def as_list(what: str, x: Any) -> list[Any]:
    """Returns a list or an array as a list."""
    if hasattr(x, "tolist"):
        x = x.tolist()
    if not isinstance(x, list | tuple):
        raise TypeError(f"{what} must be a list or an array, got {kind(x)}")
    return [row.tolist() if hasattr(row, "tolist") else row for row in x]


def one_hot(label: Any, n: int) -> list[float]:
    """Returns a class as a list of n numbers, 1 at its place and else 0."""
    if label not in range(n):
        raise ValueError(
            f"a class must be a whole number from 0 to {n - 1}, for the model returns "
            f"{n} numbers; got {label!r}"
        )
    return [1.0 if i == label else 0.0 for i in range(n)]
