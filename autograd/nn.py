"""Small neural networks, from one neuron to a multi-layer perceptron."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograd import rules, state
from autograd.grad import ValueNode, as_node
from autograd.train import train

if TYPE_CHECKING:
    from autograd.train import History

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": rules.relu,
    "sigmoid": rules.sigmoid,
    "softplus": rules.softplus,
    "tanh": rules.tanh,
}


class Module(ABC):
    """Anything with parameters that can be trained."""

    @abstractmethod
    def parameters(self) -> list[ValueNode]:
        """Returns all parameters as a flat list, in the same order every time."""

    def zero_grad(self) -> None:
        """Sets the `grad` of every parameter to 0.0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, loss: Callable[..., tuple[ValueNode, float]], **options: Any) -> History:
        return train(self, loss, **options)
