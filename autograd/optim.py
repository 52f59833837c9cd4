"""Optimisers turn gradients into steps; schedules set their length, epoch by epoch."""

from __future__ import annotations

import math
import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable
from typing import Any, Protocol

from autograd.rules import kind, number


class Parameter(Protocol):
    """What an optimiser needs to know of a node."""

    value: float
    grad: float


class Optimizer(ABC):
    """Steps parameters against their gradients; its kind says in `direction` which way.

    Args:
        parameters: the nodes to train; one listed twice (shared weights) is stepped
            once.
        lr: the learning rate: how far to step in that direction.

    Attributes:
        parameters: the nodes, as a list; whatever an optimiser remembers is kept in
            lists of that order.
        lr: the learning rate; may be set at any time.
        frozen: parameters that `step` leaves alone, and what is remembered of them too;
            may be set at any time.
        steps: the number of steps so far.

    Raises:
        ValueError: there are no parameters, or the learning rate is negative, nan or
            inf.
    """

    frozen: Collection[Parameter] = frozenset()

    def __init__(self, parameters: Iterable[Parameter], lr: float) -> None:
        self.parameters = list(dict.fromkeys(parameters))
        if not self.parameters:
            raise ValueError("an optimiser needs at least one parameter, got none")
        self.lr = lr
        self.steps = 0

    @property
    def lr(self) -> float:
        """The learning rate, a number of at least 0."""
        return self._lr

    @lr.setter
    def lr(self, lr: float) -> None:
        self._lr = zero_or_more("lr", lr)

    def step(self) -> None:
        """Moves every parameter one step, by the gradients that `backward` left."""
        self.steps += 1
        for i, parameter in enumerate(self.parameters):
            if parameter not in self.frozen:
                parameter.value -= self.lr * self.direction(i, parameter.grad)

    def zero_grad(self) -> None:
        """Sets the `grad` of every parameter to 0.0."""
        for parameter in self.parameters:
            parameter.grad = 0.0

    @abstractmethod
    def direction(self, i: int, g: float) -> float:
        """Returns the direction of the step for parameter i, whose gradient is g."""

    def zeros(self) -> list[float]:
        """Returns a zero for each parameter: an empty memory."""
        return [0.0] * len(self.parameters)


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted (Polyak 1964).

    v = momentum * v + g; the direction is v, or g + momentum * v with `nesterov`
    (Nesterov 1983 as in Sutskever et al. 2013). Without momentum it is g.

    Args:
        parameters: the nodes to train.
        lr: the learning rate.
        momentum: how much of the velocity is kept, at least 0 and below 1.
        nesterov: look ahead along the momentum.

    Raises:
        ValueError: momentum outside [0, 1), or `nesterov` without momentum.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.1,
        *,
        momentum: float = 0.0,
        nesterov: bool = False,
    ) -> None:
        super().__init__(parameters, lr)
        self.momentum = fraction("momentum", momentum)
        if nesterov and not self.momentum:
            raise ValueError(
                "nesterov looks ahead along the momentum: give a momentum above 0, "
                "such as 0.9"
            )
        self.nesterov = nesterov
        self.velocity = self.zeros()

    def direction(self, i: int, g: float) -> float:
        """Returns the gradient plus what is left of the speed of earlier steps."""
        self.velocity[i] = v = self.momentum * self.velocity[i] + g
        return g + self.momentum * v if self.nesterov else v


class RMSprop(Optimizer):
    """The gradient, divided by its own recent size (Hinton 2012, lecture 6e).

    v = alpha * v + (1 - alpha) * g**2; the direction is g / (sqrt(v) + eps).

    Args:
        parameters: the nodes to train.
        lr: the learning rate.
        alpha: how much of the mean square is kept, at least 0 and below 1.
        eps: keeps the denominator from 0.

    Raises:
        ValueError: alpha outside [0, 1), or eps not above 0.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.05,
        *,
        alpha: float = 0.9,
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.alpha = fraction("alpha", alpha)
        self.eps = above_zero("eps", eps)
        self.squares = self.zeros()

    def direction(self, i: int, g: float) -> float:
        """Returns the gradient in units of its root mean square."""
        self.squares[i] = v = self.alpha * self.squares[i] + (1.0 - self.alpha) * g * g
        return g / (root(v) + self.eps)


class Adam(Optimizer):
    """Momentum and RMSprop, both corrected for their start at 0 (Kingma & Ba 2015).

    In step t: m = beta1 * m + (1 - beta1) * g and v = beta2 * v + (1 - beta2) * g**2;
    the direction is m / (1 - beta1**t) divided by sqrt(v / (1 - beta2**t)) + eps.
    The defaults suit small networks and runs of 50 epochs (`bench/convergence.py`
    measures them). For runs of many thousand steps the paper has lr 0.001 and betas
    (0.9, 0.999).

    Args:
        parameters: the nodes to train.
        lr: the learning rate.
        betas: how much of the mean and of the mean square is kept, each at least 0
            and below 1.
        eps: keeps the denominator from 0.

    Raises:
        ValueError: a beta outside [0, 1), or eps not above 0.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.1,
        *,
        betas: tuple[float, float] = (0.8, 0.95),
        eps: float = 1e-8,
    ) -> None:
        super().__init__(parameters, lr)
        self.beta1 = fraction("betas[0]", betas[0])
        self.beta2 = fraction("betas[1]", betas[1])
        self.eps = above_zero("eps", eps)
        self.means, self.squares = self.zeros(), self.zeros()

    def direction(self, i: int, g: float) -> float:
        """Returns the mean gradient in units of its root mean square."""
        self.means[i] = m = self.beta1 * self.means[i] + (1.0 - self.beta1) * g
        return self.mean(m, g) / (self.size(i, g) + self.eps)

    def mean(self, m: float, g: float) -> float:
        """Returns the running mean m, corrected: its weights add up to 1 - beta1**t."""
        return m / (1.0 - self.beta1**self.steps)

    def size(self, i: int, g: float) -> float:
        """Returns the root of the running mean square, corrected in the same way."""
        self.squares[i] = v = self.beta2 * self.squares[i] + (1.0 - self.beta2) * g * g
        return root(v / (1.0 - self.beta2**self.steps))


class Nadam(Adam):
    """Adam with Nesterov's look ahead (Dozat 2016).

    The momentum of step t is mu(t) = beta1 * (1 - 0.5 * 0.96**(t * decay)), which is
    the schedule that PyTorch uses too, and P(t) = mu(1) * ... * mu(t). In place of
    Adam's corrected mean stands
    mu(t+1) * m / (1 - P(t+1)) + (1 - mu(t)) * g / (1 - P(t)).

    Args:
        parameters: the nodes to train.
        lr: the learning rate.
        betas: as in `Adam`.
        eps: as in `Adam`.
        decay: how fast the momentum climbs towards its end, at least 0.

    Raises:
        ValueError: a beta outside [0, 1), eps not above 0, or a negative decay.
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float = 0.1,
        *,
        betas: tuple[float, float] = (0.8, 0.95),
        eps: float = 1e-8,
        decay: float = 0.004,
    ) -> None:
        super().__init__(parameters, lr, betas=betas, eps=eps)
        self.decay = zero_or_more("decay", decay)
        self.product = 1.0

    def momentum(self, t: int) -> float:
        """Returns the momentum of step t: first about beta1 / 2, in the end beta1."""
        return self.beta1 * (1.0 - 0.5 * math.pow(0.96, t * self.decay))

    def step(self) -> None:
        """Moves every parameter one step, by the gradients that `backward` left."""
        self.product *= self.momentum(self.steps + 1)
        super().step()

    def mean(self, m: float, g: float) -> float:
        """Returns the running mean after the next step, as far as it is known now."""
        now, ahead = self.momentum(self.steps), self.momentum(self.steps + 1)
        old = ahead * m / (1.0 - self.product * ahead)
        new = (1.0 - now) * g / (1.0 - self.product)
        return old + new


def clip_grad_norm(parameters: Iterable[Parameter], max_norm: float) -> float:
    """Shortens the gradient to a norm of at most `max_norm`; keeps its direction.

    The norm is that of all gradients together, the root of the sum of their squares.

    Args:
        parameters: the nodes with the gradients; one listed twice counts once.
        max_norm: the largest norm that is allowed.

    Returns:
        The norm before.

    Raises:
        ValueError: max_norm is not a finite number above 0.
        ArithmeticError: a gradient is nan or inf; none has been changed.
    """
    max_norm = above_zero("max_norm", max_norm)
    unique = list(dict.fromkeys(parameters))
    gradients = [parameter.grad for parameter in unique]
    for g in gradients:
        if not math.isfinite(g):
            raise ArithmeticError(f"a gradient is {g}, so there is no norm to clip")
    norm = math.hypot(*gradients)
    if norm > max_norm:
        # In units of the largest, for the norm itself may be too large for a float.
        largest = max(map(abs, gradients))
        length = math.hypot(*(g / largest for g in gradients))
        for parameter, g in zip(unique, gradients):
            parameter.grad = max_norm * (g / largest / length)
    return norm


OPTIMIZERS: dict[str, Callable[..., Optimizer]] = {
    "sgd": SGD,
    "rmsprop": RMSprop,
    "adam": Adam,
    "nadam": Nadam,
}


def root(x: float) -> float:
    """Returns the square root of a float, or of every number in an array."""
    return math.sqrt(x) if isinstance(x, float) else x**0.5


def within(name: str, x: Any, wanted: str, holds: Callable[[float], bool]) -> float:
    """Returns a setting as a float, or raises a ValueError saying what was wanted."""
    if not holds(number(x)):
        raise ValueError(f"{name} must be {wanted}, got {x}")
    return float(x)


def fraction(name: str, x: Any) -> float:
    """Returns a setting that must be at least 0 and below 1."""
    return within(name, x, "at least 0 and below 1", lambda x: 0.0 <= x < 1.0)


def zero_or_more(name: str, x: Any) -> float:
    """Returns a setting that must be at least 0 and finite."""
    return within(
        name, x, "a finite number of at least 0", lambda x: 0.0 <= x < math.inf
    )


def above_zero(name: str, x: Any) -> float:
    """Returns a setting that must be above 0 and finite."""
    return within(name, x, "a finite number above 0", lambda x: 0.0 < x < math.inf)


def whole(name: str, n: Any, least: int) -> int:
    """Returns a setting that must be a whole number of at least so much."""
    try:
        n = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} must be a whole number, got {kind(n)}") from None
    if n < least:
        raise ValueError(f"{name} must be at least {least}, got {n}")
    return int(n)


# From the epoch (the first is 0) and the number of epochs to a factor on the
# learning rate.
Schedule = Callable[[int, int], float]


def constant() -> Schedule:
    """Returns the schedule that is 1 always."""
    return lambda epoch, epochs: 1.0


def linear(end: float = 0.0, hold: float = 0.0) -> Schedule:
    """Returns a schedule that is 1 at first, then falls straight towards `end`.

    Args:
        end: where it would be after the last epoch, at least 0 and below 1.
        hold: the fraction of the epochs for which it is 1.
    """
    end, hold = fraction("end", end), fraction("hold", hold)

    def schedule(epoch: int, epochs: int) -> float:
        way = max(0.0, (epoch / epochs - hold) / (1.0 - hold))
        return 1.0 - (1.0 - end) * way

    return schedule


def cosine(end: float = 0.0) -> Schedule:
    """Returns a schedule that falls from 1 towards `end` on half a cosine wave.

    It is due to Loshchilov & Hutter (2017).

    Args:
        end: where it would be after the last epoch, at least 0 and below 1.
    """
    end = fraction("end", end)

    def schedule(epoch: int, epochs: int) -> float:
        wave = 0.5 * (1.0 + math.cos(math.pi * epoch / epochs))
        return end + (1.0 - end) * wave

    return schedule


def step_decay(every: int, factor: float = 0.1) -> Schedule:
    """Returns a schedule that is multiplied by `factor` after every so many epochs.

    Args:
        every: how many epochs, 1 or more.
        factor: at least 0 and below 1.
    """
    every, factor = whole("every", every, 1), fraction("factor", factor)
    return lambda epoch, epochs: factor ** (epoch // every)


def warm_up(first: int, then: Schedule) -> Schedule:
    """Returns a schedule that climbs to 1 in the `first` epochs, then runs another.

    Args:
        first: how many epochs the climb takes, 1 or more.
        then: the schedule for the epochs after them.
    """
    first = whole("first", first, 1)

    def schedule(epoch: int, epochs: int) -> float:
        if epoch < first:
            return (epoch + 1) / (first + 1)
        return then(epoch - first, epochs - first)

    return schedule


SCHEDULES: tuple[Any, ...] = (constant, linear, cosine, step_decay, warm_up)
