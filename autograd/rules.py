"""The table of rules: every operation once, with its value and its slopes.

A rule is written in arithmetic that does not care what flows through it. Floats give
floats; anything that calls itself a `Traveller` decides for itself what it makes of a
rule.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Sequence
from functools import lru_cache
from numbers import Complex, Real
from types import FunctionType
from typing import Any, ClassVar, NoReturn

DOMAIN_ERRORS = (ValueError, ZeroDivisionError, OverflowError)
TABLE: dict[str, Rule] = {}


class Rule:
    """One row of the table: an operation, its value and its slopes.

    A rule is also a function: `exp(2.0)` is a float, and `exp(node)` is a node.

    Attributes:
        form: how the operation is written: `"{} * {}"`, or a bare name for
            `name(a, b)`.
        value: takes the inputs as floats and returns the output as a float.
        slopes: takes the output and the inputs, whatever flows, and returns one slope
            for each input.
        needs: what the inputs must be, for the sentence of a ValueError.
        tried: whether a first result has been looked at by `try_out`.
    """

    __slots__ = ("form", "needs", "slopes", "tried", "value")

    def __init__(
        self,
        form: str,
        value: Callable[..., float],
        slopes: Callable[..., tuple[Any, ...]],
        needs: str = "",
    ) -> None:
        self.form, self.value, self.slopes, self.needs = form, value, slopes, needs
        self.tried = False

    def __call__(self, *inputs: Any) -> Any:
        """Sends inputs through the rule.

        Numbers give a float; a traveller decides what it gives.
        """
        for x in inputs:
            if type(x) is not float:
                return self.send(inputs)
        try:  # as `at` does: slopes that ask another row come by here, and often
            return self.value(*inputs)
        except DOMAIN_ERRORS as error:
            self.refuse(error, *inputs)

    def send(self, inputs: tuple[Any, ...]) -> Any:
        """Lets a traveller among the inputs decide; without one they are numbers."""
        refused = None
        for x in inputs:
            if isinstance(x, Traveller) and type(x) is not refused:
                y = x.flow(self, inputs)
                if y is not NotImplemented:
                    return y
                refused = type(x)  # one of a kind answers for all
        return self.at(*map(number, inputs))

    def __repr__(self) -> str:
        return f"Rule({self.form!r})"

    def try_out(self, y: object, slopes: object, n: int) -> None:
        """Looks at the first result of a rule for n inputs.

        So a slip in a new row is told at once.

        Raises:
            TypeError: the value is no float, or the slopes are no tuple with one entry
                for each input.
        """
        if type(y) is not float:
            raise TypeError(
                f"the value of {self!r} must be a float, got {kind(y)}: "
                "wrap it in float()"
            )
        got = f"{len(slopes)} of them" if isinstance(slopes, tuple) else kind(slopes)
        if not isinstance(slopes, tuple) or len(slopes) != n:
            raise TypeError(
                f"the slopes of {self!r} must be a tuple of {n}, one for each input; "
                f"got {got}"
            )
        self.tried = True

    @property
    def symbol(self) -> str:
        """The operation alone, as a drawing shows it: `*`, `** 2`, `tanh`."""
        return self.form.replace("{}", "").strip()

    def write(self, *operands: object) -> str:
        """Writes it with its operands: `a * b`, `tanh(a)`, `(-2.0) ** 0.5`."""
        if "{}" not in self.form:
            return f"{self.form}({', '.join(map(str, operands))})"
        shown = (f"({x})" if str(x).startswith("-") else x for x in operands)
        return self.form.format(*shown)

    def at(self, *inputs: float) -> float:
        """Returns the value at these floats.

        Raises:
            ValueError, ZeroDivisionError, OverflowError: the operation has no value
                there.
        """
        try:
            return self.value(*inputs)
        except DOMAIN_ERRORS as error:
            self.refuse(error, *inputs)

    def refuse(self, error: Exception, *inputs: float) -> NoReturn:
        """Raises a domain error of Python again in our words.

        They are the same on every Python.
        """
        operation = self.write(*inputs)
        if isinstance(error, ZeroDivisionError):
            raise ZeroDivisionError(f"{operation}: division by zero") from None
        if isinstance(error, OverflowError):
            reason = "the result is too large for a float"
            raise OverflowError(f"{operation}: {reason}") from None
        raise ValueError(f"{operation}: {self.needs or error}") from None

    def slopes_at(self, y: Any, *inputs: Any) -> tuple[Any, ...]:
        """Returns the slopes at these inputs, whatever they are.

        One that does not exist there is a `MissingSlope`.
        """
        try:
            return self.slopes(y, *inputs)
        except DOMAIN_ERRORS as error:
            return self.careful_slopes(error, y, *inputs)

    def careful_slopes(self, error: Exception, y: Any, *inputs: Any) -> tuple[Any, ...]:
        """Finds out which slopes do not exist, after asking for all of them failed."""
        slopes: tuple[Any, ...]
        try:
            slopes = self.slopes(Careful(y), *map(Careful, inputs))
        except DOMAIN_ERRORS:
            # A number that the rule holds itself is at fault, not an input.
            slopes = (Careful(math.nan, str(error)),) * len(inputs)
        values = [getattr(x, "value", x) for x in inputs]
        sentence = f"{self.write(*values)} has a value but no slope"
        towards = [f" towards operand {i + 1}" for i in range(len(inputs))]
        if len(inputs) == 1:
            towards = [""]
        return tuple(
            s.result(f"{sentence}{to}") if isinstance(s, Careful) else s
            for s, to in zip(slopes, towards, strict=True)
        )


class Traveller:
    """Anything that flows through the rules.

    It gets every operator and method from the table. A subclass says in `flow` what it
    makes of a rule.
    """

    __slots__ = ()
    __array_ufunc__ = None  # numpy's numbers on the left then leave the operation to us

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Any:
        """Sends inputs, this being one, through a rule, or returns NotImplemented."""
        raise NotImplementedError

    def __add__(self, other: Any) -> Any:
        return self.flow(add, (self, other))

    def __radd__(self, other: Any) -> Any:
        return self.flow(add, (other, self))

    def __sub__(self, other: Any) -> Any:
        return self.flow(subtract, (self, other))

    def __rsub__(self, other: Any) -> Any:
        return self.flow(subtract, (other, self))

    def __mul__(self, other: Any) -> Any:
        return self.flow(multiply, (self, other))

    def __rmul__(self, other: Any) -> Any:
        return self.flow(multiply, (other, self))

    def __truediv__(self, other: Any) -> Any:
        return self.flow(divide, (self, other))

    def __rtruediv__(self, other: Any) -> Any:
        return self.flow(divide, (other, self))

    def __pow__(self, other: Any) -> Any:
        if isinstance(other, Traveller):
            return self.flow(power, (self, other))
        return self.flow(power_of(number(other)), (self,))

    def __rpow__(self, base: Any) -> Any:
        if isinstance(base, Traveller):  # one that left the operation to us
            return self.flow(power, (base, self))
        return self.flow(power_from(number(base)), (self,))

    def __neg__(self) -> Any:
        return self.flow(negate, (self,))

    def __pos__(self) -> Any:
        return self

    def __abs__(self) -> Any:
        return self.flow(absolute, (self,))

    def exp(self) -> Any:
        """The exponential function, e to the power of this."""
        return self.flow(exp, (self,))

    def expm1(self) -> Any:
        """The exponential function less 1, with all its digits near 0."""
        return self.flow(expm1, (self,))

    def log(self) -> Any:
        """The natural logarithm; needs a number above 0."""
        return self.flow(log, (self,))

    def log1p(self) -> Any:
        """log(1 + x), with all its digits near 0; needs a number above -1."""
        return self.flow(log1p, (self,))

    def sqrt(self) -> Any:
        """The square root; needs a number of at least 0, and has no slope at 0."""
        return self.flow(sqrt, (self,))

    def sin(self) -> Any:
        """The sine of an angle in radians."""
        return self.flow(sin, (self,))

    def cos(self) -> Any:
        """The cosine of an angle in radians."""
        return self.flow(cos, (self,))

    def tanh(self) -> Any:
        """The hyperbolic tangent, between -1 and 1."""
        return self.flow(tanh, (self,))

    def sigmoid(self) -> Any:
        """1 / (1 + exp(-x)), between 0 and 1, safe in both tails."""
        return self.flow(sigmoid, (self,))

    def softplus(self) -> Any:
        """log(1 + exp(x)), a smooth relu, safe in both tails."""
        return self.flow(softplus, (self,))

    def relu(self) -> Any:
        """This where it is above 0, else 0; the slope at 0 is 0."""
        return self.flow(relu, (self,))

    def maximum(self, other: Any) -> Any:
        """The larger of two; each has half the slope where they are equal."""
        return maximum(self, other)

    def minimum(self, other: Any) -> Any:
        """The smaller of two; each has half the slope where they are equal."""
        return minimum(self, other)

    def weigh(self, operands: tuple[Any, ...]) -> Any:
        """Returns a weighted sum in which this is an operand; `dot` asks for it."""
        return weighted_sum(*operands)

    def weigh_all(self, matrix: Sequence[Sequence[Any]], inputs: Sequence[Any]) -> Any:
        """Returns a weighted sum for each row; `matvec` asks one of the inputs."""
        return [dot(0.0, weights, inputs) for weights in matrix]

    def detach(self) -> Any:
        """The same value, with slope 0: no gradient passes."""
        return self.flow(detach, (self,))


class Valued(Traveller):
    """A traveller that stands for one real number, its `value`.

    Two of them compare by their values, and are equal if they are the same object.
    """

    __slots__ = ()
    noun: ClassVar[str] = "node"  # what error messages call it

    def __lt__(self, other: Any) -> bool:
        return as_value(self) < as_value(other)

    def __le__(self, other: Any) -> bool:
        return as_value(self) <= as_value(other)

    def __gt__(self, other: Any) -> bool:
        return as_value(self) > as_value(other)

    def __ge__(self, other: Any) -> bool:
        return as_value(self) >= as_value(other)

    def __bool__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} is neither true nor false; "
            f"ask its value: {self.noun}.value != 0"
        )

    def __float__(self) -> NoReturn:
        x = self.noun
        raise TypeError(
            f"a {type(self).__name__} does not turn into a float by itself, "
            f"for that would drop its derivative: call {x}.exp() or autograd.exp({x}) "
            f"instead of math.exp({x}), or take {x}.value"
        )


def as_value(x: Any) -> float:
    """Returns the value of a traveller that has one, and a number as a float."""
    return x.value if isinstance(x, Valued) else number(x)  # type: ignore[attr-defined]


def number(x: object) -> float:
    """Returns a real number as a float.

    int, float, bool, Fraction and numpy's reals are numbers.

    Raises:
        TypeError: x is something else; the message names its type and the way out.
        OverflowError: x is too large for a float.
    """
    if type(x) is float:
        return x
    if not isinstance(x, Real):
        raise TypeError(f"expected a number, got {kind(x)}: {way_out(x)}")
    try:
        return float(x)
    except OverflowError:
        name = type(x).__name__
        raise OverflowError(f"this {name} is too large for a float") from None


def kind(x: object) -> str:
    """Names the type of something, for an error message: `str`, `numpy.ndarray`."""
    return f"{type(x).__module__}.{type(x).__qualname__}".removeprefix("builtins.")


def way_out(x: object) -> str:
    """Returns what to do with something that is no real number."""
    if isinstance(x, Traveller):
        own = ", or take its .value" if hasattr(x, "value") else ""
        return f"use it as it is{own}"
    if isinstance(x, Complex):
        return (
            "the engine works on real numbers; take .real, .imag or abs() of it first"
        )
    if isinstance(x, str):
        return "convert it with float() first"
    if hasattr(x, "__len__") or hasattr(x, "__iter__"):
        return "the engine works on one number at a time; take its elements one by one"
    if hasattr(x, "__float__"):
        return "convert it with float() first"
    return "only real numbers and nodes can take part in arithmetic"


class SlopeError(ValueError, ZeroDivisionError):
    """The value of an operation exists at a point, but its slope does not."""


class MissingSlope:
    """Stands where a slope would stand; whoever multiplies by it gets the error."""

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self.message = message

    def __repr__(self) -> str:
        return f"MissingSlope({self.message!r})"

    def __mul__(self, other: object) -> float:
        raise SlopeError(self.message)

    __rmul__ = __mul__


class Careful(Traveller):
    """A number, or a traveller, that carries a domain error instead of raising it."""

    __slots__ = ("error", "value")

    def __init__(self, value: Any, error: str = "") -> None:
        self.value, self.error = value, error

    def flow(self, rule: Rule, inputs: tuple[Any, ...]) -> Careful:
        """Computes as its values do, until a first error; then hands on that error."""
        careful = [x if isinstance(x, Careful) else Careful(x) for x in inputs]
        for x in careful:
            if x.error:
                return x
        try:
            return Careful(rule(*(x.value for x in careful)))
        except DOMAIN_ERRORS as error:
            return Careful(math.nan, str(error))

    def result(self, sentence: str) -> Any:
        """Returns the value, or a missing slope with its reason after the sentence."""
        if not self.error:
            return self.value
        if " has a value but no slope" in self.error:  # it was told further inside
            return MissingSlope(self.error)
        return MissingSlope(f"{sentence} ({self.error})")


def row(
    form: str,
    value: Callable[..., float],
    slopes: Callable[..., tuple[Any, ...]],
    needs: str = "",
) -> Rule:
    """Adds a row to the table and returns it; see `Rule` for what a row holds.

    Args:
        form: how the operation is written: `"{} * {}"`, or a bare name for
            `name(a, b)`.
        value: takes the inputs as floats and returns the output as a float.
        slopes: takes the output and the inputs, whatever flows, and returns one slope
            for each input.
        needs: what the inputs must be, for the sentence of a ValueError.

    Raises:
        ValueError: the table has a row of that form already.
    """
    if form in TABLE:
        raise ValueError(f"the table has a row {form!r} already; choose another name")
    TABLE[form] = Rule(form, value, slopes, needs)
    return TABLE[form]


def on_floats(f: Callable[..., Any]) -> Callable[..., Any]:
    """Returns a function of the table for floats alone.

    It is the same code, but the names of rows in it mean their values, not the rows.
    """
    names, known = f.__code__.co_names, f.__globals__
    used = {name: known[name] for name in names if name in known}
    bare = {name: x.value if isinstance(x, Rule) else x for name, x in used.items()}
    return FunctionType(f.__code__, bare)


def finite(f: Callable[[float], float]) -> Callable[[float], float]:
    """Makes f answer nan at an infinity, where Python's own function raises."""
    return lambda a: f(a) if math.isfinite(a) else math.nan


def real_power(a: float, b: float) -> float:
    """Computes a ** b.

    Raises:
        ValueError: Python would answer with a complex number.
    """
    y: float | complex = a**b
    if isinstance(y, complex):
        raise ValueError
    return y


def stable_sigmoid(a: float) -> float:
    """1 / (1 + exp(-a)), rewritten for negative a so that exp never overflows."""
    if a >= 0.0:
        return 1.0 / (1.0 + math.exp(-a))
    return math.exp(a) / (1.0 + math.exp(a))


def stable_softplus(a: float) -> float:
    """log(1 + exp(a)), rewritten so that exp never overflows."""
    return max(a, 0.0) + math.log1p(math.exp(-abs(a)))


def left_fold(bias: float, *rest: float) -> float:
    """Adds w1 * x1, w2 * x2, ... to the bias; the rest holds all w, then all x."""
    return fold(bias, *halves(rest))


def fold(bias: float, weights: Sequence[float], inputs: Sequence[float]) -> float:
    """Adds w1 * x1, w2 * x2, ... to the bias, from left to right."""
    for term in map(operator.mul, weights, inputs):
        bias += term
    return bias


def fold_slopes(weights: Sequence[Any], inputs: Sequence[Any]) -> tuple[Any, ...]:
    """Returns the slopes of a fold: towards the bias, the weights and the inputs."""
    return (1.0, *inputs, *weights)


def halves(rest: Sequence[Any]) -> tuple[Sequence[Any], Sequence[Any]]:
    """Returns the first half and the second half of an even number of operands."""
    if len(rest) % 2:
        raise ValueError("there must be as many inputs as weights")
    n = len(rest) // 2
    return rest[:n], rest[n:]


add = row("{} + {}", operator.add, lambda y, a, b: (1.0, 1.0))
subtract = row("{} - {}", operator.sub, lambda y, a, b: (1.0, -1.0))
multiply = row("{} * {}", operator.mul, lambda y, a, b: (b, a))
divide = row("{} / {}", operator.truediv, lambda y, a, b: (1.0 / b, -y / b))
negate = row("-{}", operator.neg, lambda y, a: (-1.0,))
power = row(
    "{} ** {}",
    real_power,
    lambda y, a, b: (b * a ** (b - 1.0), y * log(a)),
    needs="a negative base needs a whole exponent",
)

exp = row("exp", math.exp, lambda y, a: (y,))
expm1 = row("expm1", math.expm1, lambda y, a: (y + 1.0,))
log: Rule = row(
    "log",
    math.log,
    lambda y, a: (1.0 / a,),
    needs="the logarithm needs a number above 0",
)
log1p = row(
    "log1p",
    math.log1p,
    lambda y, a: (1.0 / (1.0 + a),),
    needs="log1p needs a number above -1",
)
sqrt = row(
    "sqrt",
    math.sqrt,
    lambda y, a: (0.5 / y,),
    needs="the square root needs a number of at least 0",
)

sin = row("sin", finite(math.sin), lambda y, a: (cos(a),))
cos: Rule = row("cos", finite(math.cos), lambda y, a: (-sin(a),))

tanh = row("tanh", math.tanh, lambda y, a: (1.0 - y * y,))
sigmoid: Rule = row("sigmoid", stable_sigmoid, lambda y, a: (y * sigmoid(-a),))
softplus = row("softplus", stable_softplus, lambda y, a: (sigmoid(a),))

# In these rows each comparison is written so that nan passes through.
step = row(
    "step",
    lambda a: 1.0 if a > 0.0 else 0.0 if a <= 0.0 else a,
    lambda y, a: (0.0,),
)
sign = row(
    "sign",
    lambda a: 1.0 if a > 0.0 else -1.0 if a < 0.0 else a,
    lambda y, a: (0.0,),
)
relu = row("relu", lambda a: 0.0 if a <= 0.0 else a, lambda y, a: (step(a),))
absolute = row("abs", abs, lambda y, a: (sign(a),))
maximum = row(
    "maximum",
    lambda a, b: a if a >= b or math.isnan(a) else b,
    lambda y, a, b: ((1.0 + sign(a - b)) / 2.0, (1.0 - sign(a - b)) / 2.0),
)
minimum = row(
    "minimum",
    lambda a, b: a if a <= b or math.isnan(a) else b,
    lambda y, a, b: ((1.0 - sign(a - b)) / 2.0, (1.0 + sign(a - b)) / 2.0),
)

detach = row("detach", lambda a: a, lambda y, a: (0.0,))
weighted_sum = row("dot", left_fold, lambda y, bias, *rest: fold_slopes(*halves(rest)))


def dot(bias: Any, weights: Sequence[Any], inputs: Sequence[Any]) -> Any:
    """Returns bias + w1 * x1 + w2 * x2 + ..., recorded as one operation.

    Args:
        bias: a number or a traveller.
        weights: numbers or travellers.
        inputs: as many numbers or travellers as there are weights.

    Raises:
        ValueError: the numbers of weights and inputs differ.
    """
    if len(weights) != len(inputs):
        raise ValueError(
            "dot needs as many inputs as weights: "
            f"{len(weights)} weights, {len(inputs)} inputs"
        )
    operands = (bias, *weights, *inputs)
    if isinstance(operands[-1], Traveller):  # it may know a shorter way
        return operands[-1].weigh(operands)
    return weighted_sum(*operands)


def matvec(matrix: Sequence[Sequence[Any]], inputs: Sequence[Any]) -> list[Any]:
    """Returns a weighted sum of the inputs for each row of weights, without a bias.

    The operations are those of `dot`. They share what is known of the inputs.

    Args:
        matrix: rows of weights, numbers or travellers.
        inputs: as many numbers or travellers as there are weights in each row.

    Raises:
        ValueError: a row has more weights than there are inputs, or fewer.
    """
    for x in inputs:
        if isinstance(x, Traveller):  # it may know a shorter way
            found: list[Any] = x.weigh_all(matrix, inputs)
            return found
    return [dot(0.0, weights, inputs) for weights in matrix]


@lru_cache(maxsize=1024)
def power_of(n: float) -> Rule:
    """Returns the row `a ** n` for a fixed exponent.

    Its slope is 0 where n is 0, even at a = 0.
    """
    if n == 0.0:
        return Rule("{} ** 0", lambda a: 1.0, lambda y, a: (0.0,))
    return Rule(
        f"{{}} ** {written(n)}",
        lambda a: real_power(a, n),
        lambda y, a: (n * a ** (n - 1.0),),
        needs=power.needs,
    )


@lru_cache(maxsize=1024)
def power_from(base: float) -> Rule:
    """Returns the row `base ** a` for a fixed base.

    There is no slope for a base of 0 or less.
    """
    return Rule(
        f"{written(base)} ** {{}}" if base >= 0.0 else f"({written(base)}) ** {{}}",
        lambda a: real_power(base, a),
        lambda y, a: (y * log(base),),
        needs=power.needs,
    )


def written(x: float) -> str:
    """Writes a float, without its `.0` where it is a whole number."""
    return str(int(x)) if float(x).is_integer() and abs(x) < 1e16 else repr(x)
