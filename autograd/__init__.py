"""Automatic differentiation you can read to the bottom: a scalar engine and small neural networks."""

from autograd.grad import ValueNode, draw_dot
from autograd.rules import (
    cos,
    detach,
    dot,
    exp,
    expm1,
    log,
    log1p,
    maximum,
    minimum,
    relu,
    sigmoid,
    sin,
    softplus,
    sqrt,
    tanh,
)

__version__ = "0.1.0"

__all__ = [
    "ValueNode",
    "cos",
    "detach",
    "dot",
    "draw_dot",
    "exp",
    "expm1",
    "log",
    "log1p",
    "maximum",
    "minimum",
    "relu",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "tanh",
]
