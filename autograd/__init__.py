"""Automatic differentiation you can read to the bottom.

A scalar engine and small neural networks.
"""

from autograd.grad import ValueNode, draw_dot, no_grad
from autograd.nn import MLP, Layer, Module, Neuron
from autograd.rules import (
    cos,
    detach,
    dot,
    exp,
    expm1,
    log,
    log1p,
    matvec,
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
    "MLP",
    "Layer",
    "Module",
    "Neuron",
    "ValueNode",
    "cos",
    "detach",
    "dot",
    "draw_dot",
    "exp",
    "expm1",
    "log",
    "log1p",
    "matvec",
    "maximum",
    "minimum",
    "no_grad",
    "relu",
    "sigmoid",
    "sin",
    "softplus",
    "sqrt",
    "tanh",
]
