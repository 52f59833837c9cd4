"""The training loop: ask for the loss, go back through its graph, step; and again."""

from __future__ import annotations

import gc
import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from autograd.history import Epoch, History
from autograd.optim import (
    OPTIMIZERS,
    SCHEDULES,
    Optimizer,
    Schedule,
    above_zero,
    clip_grad_norm,
    constant,
    linear,
    whole,
)
from autograd.rules import kind, number

__all__ = ["Epoch", "History", "TrainingError", "train"]


class TrainingError(ArithmeticError):
    """The loss, a gradient or a parameter became nan or inf.

    Attributes:
        history: the epochs before. Every other error that ends a run gets the same
            attribute.
    """

    history: History


def train(
    model: Any,
    loss: Callable[..., tuple[Any, Any]],
    epochs: int = 50,
    schedule: Schedule | bool | None = True,
    *,
    batch_size: int | None = None,
    lr: float | None = None,
    optimizer: str | Callable[..., Optimizer] | Optimizer = "adam",
    clip: float | None = None,
    frozen: Any = (),
    progress: bool | None = None,
) -> History:
    """Trains the parameters of a model.

    An epoch is one call of `loss`, one `backward` and one step.

    Args:
        model: anything with a method `parameters()`.
        loss: builds the graph and returns `(loss_node, accuracy)`; called as `loss()`,
            or as `loss(batch_size=b)` where a batch size is given. An accuracy of None
            is allowed.
        epochs: the number of epochs, 0 or more.
        schedule: the factor on the learning rate, a function of (epoch, epochs) where
            the first epoch is 0; True for the default, `linear(hold=0.7)`; None or
            False for a constant rate.
        batch_size: how many examples a batch has, 1 or more; only the closure makes
            use of it.
        lr: the learning rate; None for the one that the optimiser has by itself.
        optimizer: a name from `OPTIMIZERS`, a class, or an optimiser that is ready
            (and keeps its memory).
        clip: the largest norm that the gradient may have; a longer one is shortened
            to it before the step. None for no limit.
        frozen: parameters of the model that keep their values in this run: modules,
            nodes, lists of them. Their gradients are computed all the same.
        progress: whether to show a bar; None for yes in terminals and notebooks.
            Without tqdm there is none.

    Returns:
        The history of the run. Ctrl-C ends the run early: the history then says
        `interrupted`, and the parameters are those after the last whole step.

    Raises:
        TrainingError: the loss, a gradient or a parameter became nan or inf. After
            this, as after any error in an epoch (such as an OverflowError in the
            closure), the parameters are those that gave the last finite loss, a note
            names the epoch (the first is 1), and `error.history` has those before.
        TypeError, ValueError: an argument, or what the closure returned, is not what
            it has to be.
    """
    if not callable(loss):
        raise TypeError(
            f"train needs the function that builds the loss, got {kind(loss)}: "
            "pass it uncalled"
        )
    if batch_size is not None:
        loss = partial(loss, batch_size=whole("batch_size", batch_size, 1))
    ready = as_optimizer(optimizer, model, lr)
    limit = None if clip is None else above_zero("clip", clip)
    run = Run(model, loss, ready, whole("epochs", epochs, 0), limit)
    factor = as_schedule(schedule)
    base, before = ready.lr, ready.frozen
    ready.frozen = as_frozen(frozen, model, ready)
    try:
        with progress_bar(run.epochs, progress) as report:
            for epoch in range(run.epochs):
                ready.lr = base * factor(epoch, run.epochs)
                report(run.epoch())
    except KeyboardInterrupt:
        run.history.interrupted = True
        done = len(run.history)
        print(f"interrupted after {done} of {run.epochs} epochs", file=sys.stderr)
    finally:
        ready.lr, ready.frozen = base, before
    return run.history


class Run:
    """A training run, epoch by epoch, and the way back when an epoch goes wrong."""

    def __init__(
        self,
        model: Any,
        loss: Callable[[], Any],
        optimizer: Optimizer,
        epochs: int,
        clip: float | None,
    ) -> None:
        self.model, self.loss = model, loss
        self.optimizer, self.epochs, self.clip = optimizer, epochs, clip
        self.history = History()
        self.good = self.values()

    def values(self) -> list[float]:
        """Returns the values of the parameters."""
        return [parameter.value for parameter in self.optimizer.parameters]

    def restore(self) -> None:
        """Sets the parameters back to those that gave the last finite loss."""
        for parameter, value in zip(self.optimizer.parameters, self.good):
            parameter.value = value

    def epoch(self) -> Epoch:
        """Runs one epoch; if it fails, the model gets its last good parameters back.

        The error gets the number of the epoch, and the history.
        """
        try:
            with collector_paused():
                return self.finish_epoch(*self.evaluate())
        except Exception as error:
            self.restore()
            error.history = self.history  # type: ignore[attr-defined]
            error.add_note(
                f"{self.now()}; the parameters are those that gave the last finite loss"
            )
            raise

    def now(self) -> str:
        """Says which epoch is running."""
        return f"in epoch {len(self.history) + 1} of {self.epochs}"

    def evaluate(self) -> tuple[Any, float | None]:
        """Calls the closure and returns node and accuracy, or says what was wanted."""
        answer = self.loss()
        wanted = "the closure must return (loss_node, accuracy)"
        if not isinstance(answer, tuple | list) or len(answer) != 2:
            raise TypeError(f"{wanted}, got {kind(answer)}")
        node, accuracy = answer
        if not hasattr(node, "backward"):
            raise TypeError(
                f"{wanted}, got {kind(node)} for the loss, "
                "which has no graph to go back through"
            )
        try:
            return node, None if accuracy is None else number(accuracy)
        except TypeError as error:
            raise TypeError(f"{wanted}; for the accuracy: {error}") from None

    def finish_epoch(self, node: Any, accuracy: float | None) -> Epoch:
        """Takes the step down from a loss, and adds the epoch to the history."""
        self.refuse_nan("the loss", [node.value])
        self.good = self.values()
        for parameter in (*self.model.parameters(), *self.optimizer.parameters):
            # also where this graph does not lead: an old gradient would count again
            parameter.grad = 0.0
        node.backward()
        moving = [
            parameter
            for parameter in self.optimizer.parameters
            if parameter not in self.optimizer.frozen
        ]
        self.refuse_nan("a gradient", [parameter.grad for parameter in moving])
        if self.clip is not None:
            clip_grad_norm(moving, self.clip)
        self.step()
        self.history.epochs.append(Epoch(node.value, accuracy, self.optimizer.lr))
        return self.history[-1]

    def step(self) -> None:
        """Takes a step, whole or not at all."""
        try:
            self.optimizer.step()
            self.refuse_nan("a parameter", self.values())
        except BaseException:  # Ctrl-C too, which can come between two parameters
            self.restore()
            raise

    def refuse_nan(self, what: str, numbers: list[float]) -> None:
        """Raises a TrainingError if one of the numbers is nan or inf."""
        for x in numbers:
            if not math.isfinite(x):
                raise TrainingError(
                    f"{what} became {x} {self.now()}; the learning rate was "
                    f"{self.optimizer.lr:.4g}, a smaller one may help"
                )


@contextmanager
def collector_paused() -> Iterator[None]:
    """Pauses the garbage collector: a graph has no cycles that it could find."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@contextmanager
def progress_bar(epochs: int, wanted: bool | None) -> Iterator[Callable[[Epoch], None]]:
    """Shows a bar, if wanted and tqdm is there; gives the function that moves it on."""
    if wanted is None:
        wanted = sys.stderr.isatty() or "ipykernel" in sys.modules
    tqdm = find_tqdm() if wanted else None
    if tqdm is None:
        yield lambda epoch: None
        return
    with tqdm(total=epochs, unit="epoch") as bar:

        def report(epoch: Epoch) -> None:
            bar.set_postfix_str(str(epoch), refresh=False)
            bar.update()

        yield report


def find_tqdm() -> Any:
    """Returns tqdm's bar for this terminal or notebook; None where tqdm is missing."""
    try:
        from tqdm.auto import tqdm
    except ModuleNotFoundError:
        return None
    return tqdm


def as_optimizer(
    optimizer: str | Callable[..., Optimizer] | Optimizer, model: Any, lr: float | None
) -> Optimizer:
    """Makes an optimiser for a model from a name or a class, or takes a ready one."""
    parameters = list(model.parameters())
    if isinstance(optimizer, Optimizer):
        if not set(parameters) & set(optimizer.parameters):
            raise ValueError(
                "this optimiser has no parameter of the model: "
                "make it from model.parameters()"
            )
        optimizer.lr = optimizer.lr if lr is None else lr
        return optimizer
    if isinstance(optimizer, str):
        if optimizer.lower() not in OPTIMIZERS:
            known = ", ".join(OPTIMIZERS)
            raise ValueError(
                f"there is no optimiser {optimizer!r}: choose from {known}"
            )
        optimizer = OPTIMIZERS[optimizer.lower()]
    if not callable(optimizer):
        raise TypeError(
            f"optimizer must be a name, a class or an optimiser, got {kind(optimizer)}"
        )
    return optimizer(parameters) if lr is None else optimizer(parameters, lr=lr)


def as_frozen(frozen: Any, model: Any, optimizer: Optimizer) -> set[Any]:
    """Returns all parameters that are to keep their values.

    Those that the optimiser holds frozen already are among them.
    """
    known = set(map(id, model.parameters()))
    nodes = list(parts(frozen))
    for node in nodes:
        if id(node) not in known:
            raise ValueError(
                f"frozen holds {node!r}, which is no parameter of this "
                f"{type(model).__name__}: give it modules or parameters of the model"
            )
    held = {*optimizer.frozen, *nodes}
    if held.issuperset(optimizer.parameters):
        raise ValueError("every parameter is frozen: there is nothing left to train")
    return held


def parts(tree: Any) -> Iterator[Any]:
    """Yields the parameters of modules, and everything else, from nested lists."""
    if hasattr(tree, "parameters"):
        yield from tree.parameters()
    elif isinstance(tree, list | tuple | set | frozenset):
        for part in tree:
            yield from parts(part)
    else:
        yield tree


def as_schedule(schedule: Schedule | bool | None) -> Schedule:
    """Returns the schedule meant by True, False or None, and any other as it is."""
    if schedule is None or isinstance(schedule, bool):
        return linear(hold=0.7) if schedule else constant()
    if not callable(schedule):
        raise TypeError(
            f"schedule must be True, False, None or a function, got {kind(schedule)}"
        )
    if schedule in SCHEDULES:
        name = schedule.__name__
        raise TypeError(f"{name} makes a schedule: call it, {name}(...)")
    return schedule
