"""Losses for one example: a number that is large when the answer is bad.

Each is written once, for floats and for every traveller, and asks no question about the
values that flow through it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import reduce
from typing import Any

from autograd.optim import whole, within
from autograd.rules import (
    Traveller,
    add,
    detach,
    dot,
    exp,
    kind,
    log,
    maximum,
    multiply,
    negate,
    relu,
    softplus,
    subtract,
)

__all__ = [
    "binary_cross_entropy",
    "cross_entropy",
    "hinge",
    "softmax",
    "squared_error",
]


def squared_error(score: Any, target: Any) -> Any:
    """Returns (score - target)**2.

    Args:
        score: what the model answers, a number or a traveller.
        target: what it should have answered, likewise.
    """
    error = subtract(score, target)
    return error * error


def hinge(score: Any, target: Any) -> Any:
    """Returns 1 - target * score where that is above 0, else 0.

    Args:
        score: a number or a traveller; its sign is the guess.
        target: -1 or 1; a traveller is taken as it comes.

    Raises:
        ValueError: the target is another number.
    """
    if not isinstance(target, Traveller):
        wanted = "-1 or 1 (2 * y - 1 turns 0 and 1 into these)"
        target = within("the target of hinge", target, wanted, lambda t: abs(t) == 1.0)
    return relu(1.0 - multiply(target, score))


def binary_cross_entropy(score: Any, target: Any) -> Any:
    """Returns how much a target of 0 or 1 surprises a model of sigmoid(score).

    That is -log(p) for 1 and -log(1 - p) for 0, where p = sigmoid(score). It keeps its
    digits in both tails.

    Args:
        score: a number or a traveller, not squeezed through a sigmoid (a logit).
        target: from 0 to 1, the probability of 1; a traveller is taken as it comes.

    Raises:
        ValueError: the target is another number.
    """
    if not isinstance(target, Traveller):
        target = share("the target of binary_cross_entropy", target)
    for_1, for_0 = softplus(negate(score)), softplus(score)
    return target * for_1 + (1.0 - target) * for_0


def softmax(scores: Iterable[Any]) -> list[Any]:
    """Returns probabilities in proportion to exp(score), one for each score.

    Args:
        scores: numbers or travellers, at least one.

    Raises:
        ValueError: there are no scores.
    """
    powers = [exp(score) for score in shifted(scores)]
    total = reduce(add, powers)
    return [power / total for power in powers]


def cross_entropy(scores: Iterable[Any], target: Any) -> Any:
    """Returns how much the true class surprises a model of softmax(scores).

    That is -log(p) for the probability p of the true class, and the mean of it where
    the target gives a probability for each class.

    Args:
        scores: one for each class, numbers or travellers, not squeezed through a
            softmax (logits).
        target: the index of the true class, from 0; or a list of probabilities, one for
            each class, which add up to 1. An index is part of the program: a traveller
            can be no index, but a list with a 1 at the true class may be of travellers.
            These are taken as they come.

    Raises:
        TypeError: the scores are no list, or the target is neither.
        ValueError: there is no such class, or these are no probabilities.
    """
    logits = shifted(scores)
    log_total = log(reduce(add, map(exp, logits)))
    if isinstance(target, Iterable):
        return log_total - dot(0.0, probabilities(target, len(logits)), logits)
    return log_total - logits[index(target, len(logits))]


def shifted(scores: Iterable[Any]) -> list[Any]:
    """Returns the scores less the largest of them, so that no exp can overflow.

    A softmax is the same for all shifts, so the derivatives towards the shift are 0, of
    every order: it is detached.
    """
    if not isinstance(scores, Iterable):
        raise TypeError(
            f"the scores must be a list, one for each class, got {kind(scores)}; "
            "for a single score there is binary_cross_entropy"
        )
    logits = list(scores)
    if not logits:
        raise ValueError("there must be a score for each class, got an empty list")
    largest = detach(reduce(maximum, logits))
    return [subtract(logit, largest) for logit in logits]


def index(target: Any, n: int) -> int:
    """Returns the target as the index of one of n classes."""
    if not hasattr(target, "__index__"):
        raise TypeError(
            "the target must be the index of a class, a whole number, "
            f"or a list of probabilities, got {kind(target)}"
        )
    i = whole("the target", target, 0)
    if i >= n:
        raise ValueError(f"the target must be below {n}, the number of scores, got {i}")
    return i


def probabilities(target: Iterable[Any], n: int) -> list[Any]:
    """Returns the target as probabilities of n classes."""
    found = [t if isinstance(t, Traveller) else share("a target", t) for t in target]
    if len(found) != n:
        raise ValueError(f"{n} scores need {n} targets, got {len(found)}")
    numbers = [t for t in found if isinstance(t, float)]
    if len(numbers) == n and abs(math.fsum(numbers) - 1.0) > 1e-6:
        raise ValueError(f"the targets must add up to 1, got {math.fsum(numbers)}")
    return found


def share(name: str, x: Any) -> float:
    """Returns a number that must be a probability."""
    return within(name, x, "a number from 0 to 1", lambda x: 0.0 <= x <= 1.0)
