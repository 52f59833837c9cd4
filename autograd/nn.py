"""Small neural networks, from one neuron to the multi-layer perceptron."""

from __future__ import annotations

import operator
import os
import random
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, Protocol

from autograd import rules, state
from autograd.grad import Bundle, ValueNode, linked
from autograd.optim import whole
from autograd.rules import kind
from autograd.train import History, train

ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "linear": lambda x: x,
    "relu": ValueNode.relu,  # these take every traveller
    "sigmoid": ValueNode.sigmoid,
    "softplus": ValueNode.softplus,
    "tanh": ValueNode.tanh,
}


class Generator(Protocol):
    """A source of random numbers: `random.Random`, `random`, numpy's Generator."""

    def uniform(self, a: float, b: float, /) -> float:
        """Returns a random number between a and b."""


class Module(ABC):
    """Anything with parameters that can be trained."""

    @abstractmethod
    def parameters(self) -> list[ValueNode]:
        """Returns all parameters as one flat list, in the same order every time."""

    def zero_grad(self) -> None:
        """Sets the `grad` of every parameter to 0.0."""
        for parameter in self.parameters():
            parameter.grad = 0.0

    def train(self, loss: Callable[..., Any], *args: Any, **options: Any) -> History:
        """Trains the parameters; `autograd.train.train` says what goes in and out."""
        return train(self, loss, *args, **options)

    def fit(
        self, X: Any, y: Any, loss: Callable[[Any, Any], Any], **options: Any
    ) -> History:
        """Trains on examples; `autograd.fit.fit` says what goes in and out."""
        from autograd.fit import fit  # the compiler is loaded when it is asked for

        return fit(self, X, y, loss, **options)

    def predict(self, X: Any, **options: Any) -> Any:
        """Answers every example, in numbers; see `autograd.fit.predict`."""
        from autograd.fit import predict

        return predict(self, X, **options)

    def state_dict(self) -> dict[str, float]:
        """Returns the value of every parameter by its name."""
        return state.state_dict(self)

    def load_state_dict(self, values: Mapping[str, float]) -> None:
        """Takes over values by name, or none if a name or a value does not fit."""
        state.load_state_dict(self, values)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Writes the parameters to a JSON file."""
        state.save(self, path)

    def load(self, path: str | os.PathLike[str]) -> None:
        """Reads a file of `save`; any other is a ValueError and changes nothing."""
        state.load(self, path)


class Neuron(Module):
    """A weighted sum of the inputs plus a bias, through an activation.

    Args:
        n_inputs: how many numbers the neuron takes.
        activation: a name from `ACTIVATIONS`.
        seed: makes the initial parameters repeatable.
        rng: a generator to draw them from; without it and a seed, the global `random`.
    """

    def __init__(
        self,
        n_inputs: int,
        activation: str = "relu",
        *,
        seed: int | None = None,
        rng: Generator | None = None,
    ) -> None:
        self.n_inputs = whole("n_inputs", n_inputs, 1)
        self.activation = checked_activation(activation)
        rng = generator(seed, rng)
        # Variance 1 / n_inputs keeps a weighted sum at the size of its inputs; relu
        # throws half of that away and gets twice as much (He et al. 2015). The biases
        # scatter the kinks of the neurons over the data.
        bound = ((6.0 if activation == "relu" else 3.0) / self.n_inputs) ** 0.5
        self.weights = [
            ValueNode(rng.uniform(-bound, bound)) for _ in range(self.n_inputs)
        ]
        self.bias = ValueNode(rng.uniform(-1.0, 1.0))
        self._bundle = Bundle([])

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Returns one node for n_inputs nodes or numbers."""
        if type(inputs) is not Inputs:  # else a layer has looked at them
            inputs = checked_inputs(self, inputs, self.n_inputs)
        z = self.weighted_sum(inputs)
        return ACTIVATIONS[self.activation](z)

    def weighted_sum(self, inputs: Inputs) -> Any:
        """Returns what `rules.dot` returns; plain nodes get there by a shorter way."""
        own, bundle, xs = [self.bias, *self.weights], self._bundle, inputs.values
        if bundle.nodes != own:  # in the first call, or after a change
            plain = set(map(type, own)) == {ValueNode}
            self._bundle = bundle = Bundle(own if plain else [])
        if xs is None or len(bundle.nodes) != len(inputs.slopes):
            return rules.dot(self.bias, self.weights, inputs)
        ws = [weight.value for weight in self.weights]
        y = rules.fold(self.bias.value, ws, xs)
        return linked(y, rules.weighted_sum, bundle, inputs.slopes, inputs.bundle, ws)

    def parameters(self) -> list[ValueNode]:
        """Returns the weights, then the bias."""
        return [*self.weights, self.bias]

    def __repr__(self) -> str:
        return f"Neuron({self.n_inputs}, {self.activation!r})"


class Layer(Module):
    """Neurons side by side, which all read the same inputs.

    Args:
        n_inputs: how many numbers each neuron takes.
        n_outputs: how many neurons there are.
        activation: a name from `ACTIVATIONS`.
        seed: makes the initial parameters repeatable.
        rng: a generator to draw them from; without it and a seed, the global `random`.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: int,
        activation: str = "relu",
        *,
        seed: int | None = None,
        rng: Generator | None = None,
    ) -> None:
        rng = generator(seed, rng)
        self.n_inputs = whole("n_inputs", n_inputs, 1)
        count = whole("n_outputs", n_outputs, 1)
        self.neurons = [Neuron(n_inputs, activation, rng=rng) for _ in range(count)]

    def __call__(self, inputs: Sequence[Any]) -> list[Any]:
        """Returns a list of n_outputs nodes for n_inputs nodes or numbers."""
        nodes = checked_inputs(self, inputs, self.n_inputs)
        return [neuron(nodes) for neuron in self.neurons]

    def parameters(self) -> list[ValueNode]:
        """Returns the parameters of the first neuron, then of the second, and so on."""
        return [leaf for neuron in self.neurons for leaf in neuron.parameters()]

    def __repr__(self) -> str:
        activation = self.neurons[0].activation
        return f"Layer({self.n_inputs}, {len(self.neurons)}, {activation!r})"


class MLP(Module):
    """A multi-layer perceptron: layers, each reading the outputs of the one before.

    Args:
        n_inputs: how many numbers the network takes.
        n_outputs: how many neurons each layer has; the last layer gives the outputs.
        activation: the activation of all layers but the last, a name from
            `ACTIVATIONS`.
        output: the activation of the last layer.
        seed: makes the initial parameters repeatable.
        rng: a generator to draw them from; without it and a seed, the global `random`.
    """

    def __init__(
        self,
        n_inputs: int,
        n_outputs: Sequence[int],
        activation: str = "relu",
        output: str = "linear",
        *,
        seed: int | None = None,
        rng: Generator | None = None,
    ) -> None:
        rng = generator(seed, rng)
        self.n_inputs = whole("n_inputs", n_inputs, 1)
        sizes = [self.n_inputs, *checked_sizes(n_outputs)]
        activations = [activation] * (len(sizes) - 2) + [output]
        self.layers = [
            Layer(before, size, name, rng=rng)
            for (before, size), name in zip(pairwise(sizes), activations, strict=True)
        ]

    def __call__(self, inputs: Sequence[Any]) -> Any:
        """Returns one node if the last layer has one neuron, else a list of nodes."""
        outputs: list[Any] = checked_inputs(self, inputs, self.n_inputs)
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs[0] if len(outputs) == 1 else outputs

    def parameters(self) -> list[ValueNode]:
        """Returns the parameters layer by layer."""
        return [leaf for layer in self.layers for leaf in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP({self.n_inputs}, {[len(layer.neurons) for layer in self.layers]})"


def generator(seed: int | None, rng: Generator | None) -> Generator:
    """Returns the source of random numbers that the caller asked for."""
    if seed is not None and rng is not None:
        raise ValueError("give a seed or a generator, not both")
    if rng is not None and not hasattr(rng, "uniform"):
        raise TypeError(
            f"rng must be a generator such as random.Random(0), got {kind(rng)}"
        )
    return rng or (random if seed is None else random.Random(operator.index(seed)))


class Inputs(list[Any]):
    """Inputs that have been looked at, once for all the neurons that read them.

    Attributes:
        values: what the nodes hold; None if another kind of traveller is among them.
        bundle: the nodes, as parents of all these neurons.
        slopes: of such a neuron, towards its bias and its weights.
    """

    __slots__ = ("bundle", "slopes", "values")

    values: list[float] | None
    bundle: Bundle
    slopes: list[float]

    def look(self) -> None:
        """Makes nodes of numbers, and takes the values if all are plain nodes then."""
        values = [x.value for x in self if type(x) is ValueNode]
        if len(values) != len(self):
            traveller = rules.Traveller
            self[:] = [x if isinstance(x, traveller) else ValueNode(x) for x in self]
            values = [x.value for x in self if type(x) is ValueNode]
        self.values = values if len(values) == len(self) else None
        if self.values is not None:
            self.bundle, self.slopes = Bundle(tuple(self)), [1.0, *values]


def checked_inputs(module: Module, inputs: Iterable[Any], wanted: int) -> Inputs:
    """Returns the inputs, numbers made nodes; a wrong count of them is a ValueError."""
    if type(inputs) is Inputs and len(inputs) == wanted:
        return inputs
    if type(inputs) is not list and not isinstance(inputs, Iterable):
        raise TypeError(f"{module!r} takes its inputs in a list, got {kind(inputs)}")
    nodes = Inputs(inputs)
    if len(nodes) != wanted:
        s = "s" if wanted != 1 else ""
        raise ValueError(f"{module!r} takes {wanted} input{s}, got {len(nodes)}")
    nodes.look()
    return nodes


def checked_activation(name: str) -> str:
    """Returns the name of an activation; an unknown one is a ValueError with a list."""
    if name not in ACTIVATIONS:
        known = ", ".join(ACTIVATIONS)
        raise ValueError(f"unknown activation {name!r}; choose one of {known}")
    return name


def checked_sizes(sizes: Sequence[int]) -> list[int]:
    """Returns the sizes of the layers, at least one of them, each at least 1."""
    wanted = "n_outputs lists the size of every layer, such as [16, 16, 1]"
    if not isinstance(sizes, Iterable):
        raise TypeError(f"{wanted}; got {sizes!r}")
    counts = [whole("n_outputs", size, 1) for size in sizes]
    if not counts:
        raise ValueError(f"{wanted}; got an empty list")
    return counts
