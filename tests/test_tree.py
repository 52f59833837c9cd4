"""Nested lists: taken apart, put together, compared, and refused."""

from __future__ import annotations

import sys
import time
from collections import namedtuple
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import strategies as st
from programs import any_float, bits, holds_for

from autograd import ValueNode
from autograd.forward import Dual
from autograd.tree import leaves, leaves_like, rebuild, remake, shape

Point = namedtuple("Point", "x y")

trees = st.recursive(any_float, lambda t: st.lists(t, max_size=4) | st.tuples(t, t) | st.builds(Point, t, t))


class Stack(list):
    """A list of a type of its own."""


def same(a, b):
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return bits(a) == bits(b)


def test_leaves_stand_in_their_order():
    assert leaves([1, (2.0, [3]), [], ([[4]],)]) == [1.0, 2.0, 3.0, 4.0]
    assert leaves(5) == [5.0]
    assert leaves([]) == leaves(((), [[]])) == []


def test_numbers_become_floats_and_travellers_stay():
    node, dual = ValueNode(1.0), Dual(2.0)
    got = leaves([3, True, Fraction(1, 2), np.float32(0.5), np.int8(7), (node, dual)])
    assert got == [3.0, 1.0, 0.5, 0.5, 7.0, node, dual]
    assert [type(x) for x in got[:5]] == [float] * 5


@holds_for(trees)
def test_taken_apart_and_rebuilt_a_tree_is_the_same(tree):
    again = rebuild(tree, leaves(tree))
    assert same(again, tree)
    assert shape(again) == shape(tree)
    assert shape(tree).count(".") == len(leaves(tree))


@holds_for(trees)
def test_a_rebuilt_tree_is_new(tree):
    if isinstance(tree, list):
        rebuild(tree, leaves(tree)).append(0.0)
        assert same(rebuild(tree, leaves(tree)), tree)


def test_leaves_may_be_replaced_by_anything():
    assert rebuild([1, (2, [3])], "abc") == ["a", ("b", ["c"])]
    assert rebuild(1.0, [[2.0, 3.0]]) == [2.0, 3.0]


def test_types_are_kept():
    tree = Stack([Point(1.0, (2.0,)), time.localtime(0)[:2]])
    again = rebuild(tree, range(4))
    assert (type(again), type(again[0]), again[0].y, type(again[1])) == (Stack, Point, (1,), tuple)
    assert remake(Point(1, 2), [3, 4]) == Point(3, 4)
    assert remake((1,), [3, 4]) == (3, 4)


def test_shapes_are_written_with_a_dot_for_each_number():
    assert shape(3.0) == shape("anything") == "."
    assert shape([1, (2, [3])]) == "[., [., [.]]]"
    assert shape(()) == "[]"


def test_leaves_of_a_tree_that_must_be_like_another():
    assert leaves_like((1, [2]), [5.0, (6.0,)], "tangents") == [1.0, 2.0]  # a tuple is as good as a list
    for tree, model in (([1, 2], [1.0]), (1, [1.0]), ([1], 1.0), ([[1], 2], [1.0, [2.0]]), ([], 1.0)):
        with pytest.raises(ValueError) as caught:
            leaves_like(tree, model, "cotangent")
        assert str(caught.value) == f"the cotangent must have the shape {shape(model)}, got {shape(tree)}"


@pytest.mark.parametrize(
    ("thing", "sentence"),
    [
        ("1.0", "expected a number, got str: convert it with float() first"),
        (None, "expected a number, got NoneType: only real numbers and nodes can take part in arithmetic"),
        (1j, "expected a number, got complex: the engine works on real numbers; take .real, .imag or abs() "),
        (np.ones(2), "expected a number, got numpy.ndarray: the engine works on one number at a time; take"),
        ({1.0}, "expected a number, got set: the engine works on one number at a time; take its elements o"),
        ({"a": 1.0}, "expected a number, got dict: the engine works on one number at a time; take its elem"),
        (range(3), "expected a number, got range: the engine works on one number at a time; take its eleme"),
        (iter([1.0]), "expected a number, got list_iterator: the engine works on one number at a time; take"),
    ],
    ids=lambda x: type(x).__name__,
)
def test_what_is_no_number_is_refused_wherever_it_stands(thing, sentence):
    for tree in (thing, [thing], [1.0, (2.0, [thing])]):
        with pytest.raises(TypeError) as caught:
            leaves(tree)
        assert str(caught.value).startswith(sentence)


def test_long_lists_need_no_recursion():
    assert sys.getrecursionlimit() <= 1000
    xs = [float(i) for i in range(100_000)]
    assert rebuild(xs, leaves(xs)) == xs
