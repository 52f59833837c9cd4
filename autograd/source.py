"""Source code: the text of a program, as a person would write it."""

from __future__ import annotations

import itertools
import math
import textwrap
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

from autograd.program import GATE, Name, Trace, called, undefined
from autograd.rules import Rule, SlopeError, add, power, subtract

# How tightly an operation binds, for brackets; a call binds like a name.
CHOICE, SUM, PRODUCT, SIGN, POWER, CALL = range(6)
BINDS = {
    "{} + {}": SUM,
    "{} - {}": SUM,
    "{} * {}": PRODUCT,
    "{} / {}": PRODUCT,
    "-{}": SIGN,
}
LINE = 76
WRAPPED: Any = {"break_long_words": False, "break_on_hyphens": False}
GLUE = "\N{NO-BREAK SPACE}"
TERMS = 200
WIDTH = 60  # a longer expression gets a name and a line of its own
LONG = 2000  # so does a sum in a place with room, when it is longer than this


class Shape(Rule):
    """An operation on the shape of arrays, for which the table has no row."""

    __slots__ = ()

    @staticmethod
    @cache
    def of(form: str) -> Shape:
        """Returns the operation that is written in this form."""
        return Shape(form, float, lambda *_: ())


class Source:
    """Lines of Python that compute names.

    Args:
        outputs: the names and numbers that are wanted; may have some more than once.
        spelled: rows that have an expression of their own here, by their forms.
        rules: where the operations that the lines call are kept, by their names there.

    Attributes:
        lines: the lines so far.
        uses: how often each name is used.
        roomy: the names that may be long where they are used.
        named: the variables that they set, since the list was last cleared.
    """

    def __init__(
        self, outputs: Iterable[Any], spelled: dict[str, str], rules: dict[str, Rule]
    ) -> None:
        self.lines: list[str] = []
        self.named: list[str] = []
        self.rules = rules
        self.indent = "    "
        self.spelled = spelled
        self.texts: dict[Name, tuple[str, int]] = {}
        self.roomy: set[Any] = set()
        self.uses = Counter(x for x in outputs if isinstance(x, Name))
        for name in undefined(self.uses):
            self.count(name)

    def count(self, name: Name) -> None:
        """Counts the uses that an operation makes of its operands.

        Two are counted where an operand would be computed for every example, or twice.
        """
        rule, xs = name.rule, name.operands
        assert rule
        twice = self.spelled.get(called(rule), "").count("{0}") > 1
        for x in xs:
            if isinstance(x, Name):
                self.uses[x] += 2 if twice or x.varies != name.varies else 1
        if rule in (add, subtract):
            self.roomy.add(xs[0])
        elif rule is GATE:
            self.roomy.add(xs[1])

    def add(self, line: str) -> None:
        """Adds a line, broken in brackets where it is too long."""
        if len(line) <= LINE:
            self.lines.append(self.indent + line)
            return
        if line.count(" = ") == 1 and not line.startswith("["):
            target, value = line.split(" = ", 1)
            line = f"{target} = ({value})"
        if line.startswith("return "):
            line = f"return ({line.removeprefix('return ')})"
        wrapped = textwrap.wrap(glued(line), LINE, subsequent_indent="    ", **WRAPPED)
        self.lines += [self.indent + part.replace(GLUE, " ") for part in wrapped]

    def define(self, *wanted: Any) -> None:
        """Adds the lines that these names still need, operands first.

        What is short and used once needs none.
        """
        for name in undefined(wanted, self.texts):
            text, binds = self.expression(name)
            limit = LONG if binds == SUM and name in self.roomy else WIDTH
            if self.uses[name] > 1 or binds == CHOICE or len(text) > limit:
                name.text = name.text or name.program.fresh()
                self.add(f"{name.text} = {text}")
                self.named.append(name.text)
                text, binds = name.text, CALL
            self.texts[name] = text, binds

    def operand(self, x: Any, binds: int = CHOICE) -> str:
        """Writes an operand, in brackets if what is around it binds more tightly."""
        if isinstance(x, Name):
            text, inner = self.texts.get(x, (x.text, CALL))
            return f"({text})" if inner < binds else text
        return f"({x!r})" if repr(x).startswith("-") and binds > SUM else repr(x)

    def expression(self, name: Name) -> tuple[str, int]:
        """Writes the operation that computes a name, and tells how tightly it binds."""
        rule, xs = name.rule, name.operands
        assert rule
        if isinstance(rule, Shape):
            binds = PRODUCT if " @ " in rule.form else CALL
            return rule.form.format(*(self.operand(x, CALL) for x in xs)), binds
        if called(rule) in self.spelled:
            operands = [self.operand(x, SUM) for x in xs]
            return self.spelled[rule.form].format(*operands), CHOICE
        if rule.form in BINDS:
            binds = BINDS[rule.form]
            first, right = self.operand(xs[0], binds), binds + (len(xs) > 1)
            rest = [self.operand(x, right) for x in xs[1:]]
            return rule.form.format(first, *rest), binds
        if rule.form == "dot":
            return self.dot(name), SUM
        if " ** " in rule.form:
            return self.power(rule, xs)
        return self.call(rule, xs)

    def dot(self, name: Name) -> str:
        """Writes a weighted sum, from left to right as its rule computes it.

        Python compiles no expression of some thousand terms; a long sum takes lines.
        """
        xs, half = name.operands, len(name.operands) // 2
        terms = [self.operand(xs[0], SUM)]
        for w, x in zip(xs[1 : half + 1], xs[half + 1 :], strict=True):
            if len(terms) > TERMS:
                part = name.program.fresh()
                self.add(f"{part} = {' + '.join(terms)}")
                terms = [part]
            terms.append(f"{self.operand(w, PRODUCT)} * {self.operand(x, SIGN)}")
        return " + ".join(terms)

    def power(self, rule: Rule, xs: tuple[Any, ...]) -> tuple[str, int]:
        """Writes a power, by a call where `**` could give a complex number."""
        base, exponent = rule.form.split(" ** ")
        whole = exponent != "{}" and float(exponent).is_integer()
        if whole or (base != "{}" and not base.startswith("(")):
            return rule.form.format(self.operand(xs[0], CALL)), POWER
        self.rules["power"] = power
        if len(xs) == 2:
            return f"power({self.operand(xs[0])}, {self.operand(xs[1])})", CALL
        parts = (part.format(self.operand(xs[0])) for part in (base, exponent))
        return f"power({', '.join(parts)})", CALL

    def call(self, rule: Rule, xs: tuple[Any, ...]) -> tuple[str, int]:
        """Writes a call of a rule's value."""
        name = called(rule)
        names = itertools.chain([name], (f"rule{i}" for i in itertools.count(2)))
        name = next(x for x in names if self.rules.setdefault(x, rule) is rule)
        return f"{name}({', '.join(map(self.operand, xs))})", CALL


def glued(line: str) -> str:
    """Marks the spaces where no line may end: in products, and outside of brackets."""
    depth, marked = 0, []
    for sign in line.replace(" * ", f"{GLUE}*{GLUE}"):
        depth += (sign in "([") - (sign in ")]")
        marked.append(GLUE if sign == " " and not depth else sign)
    return "".join(marked)


class Functions(ABC):
    """The functions of a trace, in one source; what is in them, writers know.

    Attributes:
        rules: the operations that they call, by their names there.
        text: the source.
    """

    def __init__(self, trace: Trace) -> None:
        self.trace = trace
        self.rules: dict[str, Rule] = {}
        self.text = self.function("value", self.value_body())
        if not isinstance(trace.output, list | tuple):
            try:
                body = self.gradient_body()
            except SlopeError:  # nowhere; the function itself will say which
                return
            self.text += "\n\n" + self.function("value_and_grad", body)

    @abstractmethod
    def value_body(self) -> Source:
        """Writes what computes the output."""

    @abstractmethod
    def gradient_body(self) -> Source:
        """Writes what computes value and gradient; for a batch, their means."""

    def function(self, called: str, source: Source) -> str:
        """Writes a function of the arguments of the trace."""
        head = f"def {called}({', '.join(self.words())}):"
        return "\n".join([head, *source.lines, ""])

    def words(self) -> list[str]:
        """Returns what the functions call their arguments."""
        return self.trace.words

    def ready(self, args: Sequence[Any]) -> list[Any] | None:
        """Returns the arguments, if it is seen at once that nothing is to be done."""
        return None


CONSTANTS = {"inf": math.inf, "nan": math.nan}
