"""What the rules mean for arrays: numpy's, and those that imitate it."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from contextvars import Context
from functools import cache, lru_cache
from typing import Any

from autograd.program import called
from autograd.rules import Rule, power

# Rows whose function every such library has under the name of the row.
SAME = ("exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "abs")
HOW = {"numpy": "numpy", "jax": "jax", "torch": "torch==2.13.0"}
KEPT = 131_072  # so many zeros may be kept for comparing arrays with them


class Arrays:
    """A library of arrays, and what the functions of generated programs mean in it.

    Args:
        library: "numpy", "torch" or "jax".
        dtype: the name of a type of floats, "float64" or "float32".
    """

    def __init__(self, library: str, dtype: str) -> None:
        if library not in HOW:
            raise ValueError(f"arrays must be one of {', '.join(HOW)}, got {library!r}")
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype must be float32 or float64, got {dtype!r}")
        self.library = library
        try:
            self.xp = importlib.import_module(
                "jax.numpy" if library == "jax" else library
            )
        except ImportError as error:
            raise ImportError(
                f"arrays={library!r} needs {library}: pip install {HOW[library]}"
            ) from error
        self.dtype = getattr(self.xp, dtype)
        self.own = None
        if library == "numpy":
            self.own = self.xp.ndarray
            self.dtype = self.xp.dtype(dtype)  # `is` can tell this one from others
            keep_memory(self.xp)
        if library == "jax" and dtype == "float64":
            self.ask_for_digits()
        # Of the latest shapes, for batches may come in many sizes.
        self.zeros = lru_cache(32)(lambda shape: self.filled(shape, 0.0))
        self.ones = lru_cache(32)(lambda shape: self.filled(shape, 1.0))
        self.functions = self.elementwise() | (self.quicker() if self.own else {})
        self.strict: list[Context] = []  # in which numpy is told to be so

    def array(self, x: Any) -> Any:
        """Returns something as an array of the chosen type."""
        if self.is_own(x):
            return x
        if self.library == "torch":
            return self.xp.as_tensor(x, dtype=self.dtype)
        if self.library == "jax":
            return self.xp.asarray(x, dtype=self.dtype)
        with self.xp.errstate(over="ignore"):  # a number may be too large for float32
            return self.xp.asarray(x, dtype=self.dtype)

    def ask_for_digits(self) -> None:
        """Raises a ValueError if JAX would cut float64 down to float32."""
        if not importlib.import_module("jax").config.jax_enable_x64:
            raise ValueError(
                "JAX computes with float32 unless it is told otherwise: ask for "
                'dtype="float32", or call jax.config.update("jax_enable_x64", True)'
            )

    def is_own(self, x: Any) -> bool:
        """Tells whether something is an array of numpy, of the chosen type."""
        return type(x) is self.own and x.dtype is self.dtype

    def is_plain(self, x: Any) -> bool:
        """Tells whether something is an array of real numbers."""
        kind = getattr(getattr(x, "dtype", None), "kind", "f")
        return hasattr(x, "dtype") and kind in "fiubV"  # V is jax's bfloat16

    def is_finite(self, x: Any) -> bool:
        """Tells whether the numbers of an array are finite; numpy may raise instead."""
        if self.library != "numpy" or not x.ndim:
            return math.isfinite(x.sum())
        # 0.0 times inf or nan is nan, and with a nan in it so is the sum.
        return math.isfinite(x.dot(self.zeros(x.shape)))

    def filled(self, shape: Any, x: float) -> Any:
        """Returns an array of numpy with one number everywhere, which stays so."""
        y = self.xp.full(shape, x, self.dtype)
        y.setflags(write=False)
        return y

    def elementwise(self) -> dict[str, Callable[..., Any]]:
        """Returns what the rows of the table do to arrays, by their forms."""
        xp = self.xp
        where, exp = xp.where, xp.exp
        torch = self.library == "torch"

        def relu(a: Any) -> Any:
            return xp.relu(a) if torch else xp.maximum(a, 0.0)

        def sigmoid(a: Any) -> Any:
            e = exp(-xp.abs(a))
            return where(a >= 0.0, 1.0, e) / (1.0 + e)

        def maximum(a: Any, b: Any) -> Any:
            return where(a > b, a, where(b >= a, b, a + b))  # the last one is nan

        def minimum(a: Any, b: Any) -> Any:
            return where(a < b, a, where(b <= a, b, a + b))

        return {name: getattr(xp, name) for name in SAME} | {
            "sign": lambda a: where(
                xp.isnan(a), a, xp.sign(a)
            ),  # not 0, as torch has it
            "relu": relu,
            "step": lambda a: (a > 0.0) + 0.0 * a,
            "gate": lambda a, b: b * (a > 0.0),
            "sigmoid": sigmoid,
            "softplus": lambda a: relu(a) + xp.log1p(exp(-xp.abs(a))),
            "maximum": maximum,
            "minimum": minimum,
            "detach": lambda a: a,
            "power": lambda a, b: a**b,
        }

    def quicker(self) -> dict[str, Callable[..., Any]]:
        """Returns the most frequent rows as numpy computes them fastest."""
        maximum, zeros, dtype = self.xp.maximum, self.zeros, self.dtype
        zero = self.filled((), 0.0)  # of a float it would make this in every call
        return {
            "relu": lambda a: maximum(a, zeros(a.shape) if a.size <= KEPT else zero),
            "gate": lambda a, b: b * (a > zero).astype(dtype),
        }

    def shapes(self) -> dict[str, Callable[..., Any]]:
        """Returns what generated programs do to the shapes of arrays."""
        xp = self.xp
        repeat = xp.repeat_interleave if self.library == "torch" else xp.repeat

        def with_one(x: Any) -> Any:
            if self.library != "numpy":
                return xp.concatenate([x, xp.ones((len(x), 1), dtype=self.dtype)], 1)
            y = xp.empty((len(x), x.shape[1] + 1), self.dtype)  # it is twice as fast
            y.fill(1.0)
            y[:, :-1] = x
            return y

        def unit(n: int) -> Any:
            if self.library != "numpy":
                return xp.eye(n, dtype=self.dtype)[n - 1 :]
            one = xp.zeros((1, n), self.dtype)
            one[0, -1] = 1.0
            one.setflags(write=False)
            return one

        def mean(x: Any) -> Any:
            if self.library != "numpy":
                return x.mean()
            return self.ones(len(x)).dot(x)[0] / len(x)  # quicker than its own

        return {
            "concatenate": xp.concatenate,
            "repeat": repeat,
            "row": lambda values: self.array([values]),
            "full": lambda x, width: self.array([[x] * width]),
            "rows": lambda x, like: xp.broadcast_to(x, (len(like), x.shape[1])),
            "with_one": with_one,
            "unit": cache(unit) if self.library == "numpy" else unit,
            "dot": xp.ndarray.dot if self.library == "numpy" else xp.matmul,
            "mean": mean,
            "largest": lambda x: xp.amax(x, 1, keepdims=True),
            "onehot": lambda places, width: xp.eye(width, dtype=self.dtype)[
                xp.asarray(places)
            ],
        }

    def function(self, rule: Rule) -> Callable[..., Any]:
        """Returns what a rule does to arrays.

        A row that somebody added to the table goes element by element.
        """
        name = "power" if rule is power else called(rule)
        if name in self.functions:
            return self.functions[name]
        if self.library != "numpy":
            raise ValueError(
                f"the row {rule.form!r} has no meaning for arrays of {self.library}; "
                "numpy computes it element by element"
            )
        each: Callable[..., Any] = self.xp.vectorize(rule.value, otypes=[self.dtype])
        return each

    def strictly(self, function: Callable[..., Any], *args: Any) -> Any:
        """Calls a function in which numpy raises an error where a float would.

        That is a FloatingPointError.
        """
        if self.library != "numpy":
            return function(*args)
        try:
            context = self.strict.pop()
        except IndexError:  # all of them are in use: in another thread, or further out
            context = Context()
            context.run(self.xp.seterr, all="raise", under="ignore")
        try:
            return context.run(function, *args)
        finally:
            self.strict.append(context)


def keep_memory(xp: Any) -> None:
    """Makes the C library keep the memory of dropped arrays for the next ones.

    The one of Linux returns more than 128 KB to the system at once, and each program
    would fetch it again, page by page. When a larger array is dropped, the limit rises
    to its size, for good (mallopt(3), M_MMAP_THRESHOLD); no page of it is touched.
    """
    xp.empty(24 << 20, dtype="uint8")
