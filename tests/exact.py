"""What each row of the table means in exact mathematics: in mpmath's numbers and in SymPy's symbols."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy
from mpmath import mp

from autograd.rules import Rule, Traveller

mp.dps = 60


def fold(bias, *rest):
    half = len(rest) // 2
    return bias + sum(w * x for w, x in zip(rest[:half], rest[half:], strict=True))


ARITHMETIC: dict[str, Callable[..., Any]] = {
    "{} + {}": lambda a, b: a + b,
    "{} - {}": lambda a, b: a - b,
    "{} * {}": lambda a, b: a * b,
    "{} / {}": lambda a, b: a / b,
    "{} ** {}": lambda a, b: a**b,
    "-{}": lambda a: -a,
    "detach": lambda a: a,
    "dot": fold,
}

PRECISE = {
    **ARITHMETIC,
    "exp": mp.exp,
    "expm1": mp.expm1,
    "log": mp.log,
    "log1p": mp.log1p,
    "sqrt": mp.sqrt,
    "sin": mp.sin,
    "cos": mp.cos,
    "tanh": mp.tanh,
    "sigmoid": lambda a: 1 / (1 + mp.exp(-a)),
    "softplus": lambda a: mp.log1p(mp.exp(a)),
    "step": lambda a: mp.mpf(a > 0),
    "sign": mp.sign,
    "relu": lambda a: a if a > 0 else mp.mpf(0),
    "abs": abs,
    "maximum": max,
    "minimum": min,
}


def cases(*pairs):
    return sympy.Piecewise(*pairs, evaluate=False)


SYMBOLIC = {
    **ARITHMETIC,
    "exp": sympy.exp,
    "expm1": lambda a: sympy.exp(a) - 1,
    "log": sympy.log,
    "log1p": lambda a: sympy.log(1 + a),
    "sqrt": sympy.sqrt,
    "sin": sympy.sin,
    "cos": sympy.cos,
    "tanh": sympy.tanh,
    "sigmoid": lambda a: 1 / (1 + sympy.exp(-a)),
    "softplus": lambda a: sympy.log(1 + sympy.exp(a)),
    "step": lambda a: cases((1, a > 0), (0, True)),
    "sign": lambda a: cases((1, a > 0), (-1, a < 0), (0, True)),
    "relu": lambda a: cases((a, a > 0), (0, True)),
    "abs": lambda a: cases((a, a > 0), (-a, a < 0), (0, True)),
    "maximum": lambda a, b: cases((a, a >= b), (b, True)),
    "minimum": lambda a, b: cases((a, a <= b), (b, True)),
}


def meaning(rule: Rule, table: dict[str, Callable[..., Any]], lift: Callable[[float], Any]):
    """Looks a row up; the rows made for one exponent or one base are read from how they are written."""
    if rule.form in table:
        return table[rule.form]
    base, exponent = rule.form.split(" ** ")
    if base == "{}":
        n = lift(float(exponent))
        return lambda a: a**n
    b = lift(float(base.strip("()")))
    return lambda a: b**a


class Stranger(Traveller):
    """A traveller that the package has never heard of. It answers no question that a branch would ask."""

    __slots__ = ("thing",)
    table: dict[str, Callable[..., Any]]

    def __init__(self, thing: Any) -> None:
        self.thing = thing

    @staticmethod
    def lift(x: float) -> Any:
        raise NotImplementedError

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        things = [x.thing if isinstance(x, Stranger) else self.lift(x) for x in inputs]
        return type(self)(meaning(rule, self.table, self.lift)(*things))

    def branched(self, *_: object) -> Any:
        raise AssertionError("a rule asked a traveller what only a float can answer")

    __bool__ = __float__ = __int__ = __index__ = __eq__ = __lt__ = __le__ = __gt__ = __ge__ = branched
    __hash__ = None  # type: ignore[assignment]


class Precise(Stranger):
    """A number of 60 digits."""

    __slots__ = ()
    table = PRECISE
    lift = staticmethod(mpmath.mpf)


class Symbolic(Stranger):
    """A formula."""

    __slots__ = ()
    table = SYMBOLIC
    lift = staticmethod(sympy.Rational)
