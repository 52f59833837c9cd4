"""A scalar engine in the style of microgpt, written for this comparison.

Every operation is one expression: a value, what it was made from, and the local derivatives as plain numbers.
"""

from __future__ import annotations

import math


class Value:
    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data, children=(), local_grads=()):
        self.data = data  # the number
        self.grad = 0.0  # derivative of the loss towards it
        self.children = children  # what it was made from
        self.local_grads = local_grads  # derivative towards each of these

    def __add__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other):
        other = other if isinstance(other, Value) else Value(other)
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, n):
        return Value(self.data**n, (self,), (n * self.data ** (n - 1),))

    def log(self):
        return Value(math.log(self.data), (self,), (1.0 / self.data,))

    def exp(self):
        y = math.exp(self.data)
        return Value(y, (self,), (y,))

    def relu(self):
        return Value(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self):
        return self * -1.0

    def __radd__(self, other):
        return self + other

    def __sub__(self, other):
        return self + (-other)

    def __rsub__(self, other):
        return other + (-self)

    def __rmul__(self, other):
        return self * other

    def __truediv__(self, other):
        return self * other**-1

    def __rtruediv__(self, other):
        return other * self**-1

    def backward(self):
        order, seen = [], set()

        def place(node):
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    place(child)
                order.append(node)

        place(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local_grad in zip(node.children, node.local_grads):
                child.grad += local_grad * node.grad
