"""Derivatives of functions: functions in, functions out, to any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd.forward import arguments, jvp
from autograd.reverse import linearize, vjp
from autograd.tree import leaves, rebuild

__all__ = ["grad", "hessian", "hvp", "jacobian", "jvp", "value_and_grad", "vjp"]

Function = Callable[..., Any]


def grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """Returns the function that computes the gradient of f.

    Args:
        f: takes numbers and nested lists of them; returns one number.
        argnums: towards which positional argument, counted from 0; or a tuple of them.

    Returns:
        A function of the same arguments. Its result has the shape of the argument; for
        a tuple of arguments it is a tuple. Where only numbers took part it holds
        floats, where nodes or other travellers did, travellers.

    Raises:
        TypeError: f returns a list, or an argument holds something that is no number.
        SlopeError: the value exists, but the slope of an operation on the way does not.
    """
    both = value_and_grad(f, argnums)
    return lambda *args, **options: both(*args, **options)[1]


def value_and_grad(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """Returns the function that computes f and its gradient, in one run; see `grad`.

    Args:
        f: takes numbers and nested lists of them; returns one number.
        argnums: towards which positional argument, counted from 0; or a tuple of them.

    Returns:
        A function of the same arguments, which returns the value and the gradient.
    """

    def both(*args: Any, **options: Any) -> tuple[Any, Any]:
        point, g = in_one_argument(f, argnums, args, options)
        value, derivative = linearize(g, point)
        if isinstance(value, list | tuple):
            raise TypeError(
                "a gradient needs a function that returns one number, "
                f"this one returned a {type(value).__name__}; use jacobian"
            )
        return value, rebuild(point, derivative.pull([1.0]))

    return both


def jacobian(
    f: Function, argnums: int | tuple[int, ...] = 0, *, mode: str = "auto"
) -> Function:
    """Returns the function that computes every derivative of every output of f.

    Args:
        f: takes numbers and nested lists of them; returns a number or such lists.
        argnums: towards which positional argument, counted from 0; or a tuple of them.
        mode: "reverse" goes back once for each output, "forward" goes forward once for
            each input, and "auto" takes the one that goes less often (reverse, where
            that is equal).

    Returns:
        A function of the same arguments. Its result has the shape of what f returns;
        in place of each number stands its gradient, in the shape of the argument.

    Raises:
        TypeError: an argument, or what f returns, holds something that is no number.
        ValueError: there is no such mode.
    """
    if mode not in ("auto", "forward", "reverse"):
        raise ValueError(f"mode must be auto, forward or reverse, got {mode!r}")

    def rows(*args: Any, **options: Any) -> Any:
        point, g = in_one_argument(f, argnums, args, options)
        value, derivative = linearize(g, point)
        m, n = len(derivative.outputs), len(derivative.inputs)
        if mode == "reverse" or (mode == "auto" and m <= n):
            matrix = [derivative.pull(unit(i, m)) for i in range(m)]
        else:
            columns = [derivative.push(unit(j, n)) for j in range(n)]
            matrix = [[column[i] for column in columns] for i in range(m)]
        return rebuild(value, [rebuild(point, row) for row in matrix])

    return rows


def hessian(f: Function, argnums: int | tuple[int, ...] = 0) -> Function:
    """Returns the function that computes all second derivatives of f.

    It is the Jacobian of the gradient: that is recorded once, and gone through forward
    once for each input.

    Args:
        f: takes numbers and nested lists of them; returns one number.
        argnums: towards which positional argument, counted from 0; or a tuple of them.

    Returns:
        A function of the same arguments. Its result has the shape of the argument; in
        place of each number stands a whole such shape: for n numbers in a list, n lists
        of n numbers.
    """
    return jacobian(grad(f, argnums), argnums, mode="forward")


def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> Any:
    """Multiplies the Hessian of f with a vector, without computing the Hessian.

    The cost is a small multiple of that of f, however many inputs there are: the
    gradient is computed on dual numbers (forward over reverse).

    Args:
        f: takes numbers and nested lists of them; returns one number.
        primals: the arguments of f.
        tangents: the vector, shaped like the primals.

    Returns:
        The product, shaped like the primals.
    """
    gradient = grad(f, tuple(range(len(arguments(primals)))))
    return rebuild(primals, leaves(jvp(gradient, primals, tangents)[1]))


def in_one_argument(
    f: Function, argnums: int | tuple[int, ...], args: Sequence[Any], options: Any
) -> tuple[Any, Callable[[Any], Any]]:
    """Returns the arguments that count, and f as a function of these alone."""
    chosen = argnums if isinstance(argnums, tuple) else (argnums,)
    for i in chosen:
        if not hasattr(i, "__index__"):
            raise TypeError(f"argnums takes an int or a tuple of them, got {argnums!r}")
        if not 0 <= i < len(args):
            raise ValueError(
                f"argnums {argnums} asks for argument {i}, but the function was called "
                f"with {len(args)} positional arguments"
            )
    if len(set(chosen)) < len(chosen):
        raise ValueError(f"argnums {argnums} names an argument twice")

    def g(point: Any) -> Any:
        parts = point if isinstance(argnums, tuple) else (point,)
        changed = list(args)
        for i, part in zip(chosen, parts):
            changed[i] = part
        return f(*changed, **options)

    point = tuple(args[i] for i in chosen)
    return (point if isinstance(argnums, tuple) else point[0]), g


def unit(i: int, n: int) -> list[float]:
    """Returns n numbers, all 0 but a 1 at place i."""
    return [1.0 if k == i else 0.0 for k in range(n)]
