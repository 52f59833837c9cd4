"""Parameters by name and on disk: every bit comes back, and what goes wrong changes nothing."""

import json
import math
import struct
from pathlib import Path

import numpy as np
import pytest

from autograd import state
from autograd.grad import ValueNode
from autograd.nn import MLP, Layer, Module, Neuron

LAST = "layers.1.neurons.0.bias"
STRANGE = [math.inf, -math.inf, math.nan, -0.0, 1e-320, 5e-324, 1.7976931348623157e308, 0.1 + 0.2, 1e22]


def bits(module):
    return [struct.pack("<d", parameter.value) for parameter in module.parameters()]


@pytest.fixture
def model():
    return MLP(2, [2, 1], seed=1)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.json"


class Nested(Module):
    """Parameters in lists of dicts of tuples of modules, and things that are none."""

    def __init__(self, scale=1.0):
        self.name, self.size, self.nothing = "nested", 3, None
        self.scale = ValueNode(scale)
        self.parts = [{"gate": (Neuron(1, seed=1), ValueNode(2.0))}, [ValueNode(3.0)]]
        self.tables = {"a": ValueNode(4.0), 7: ValueNode(5.0)}

    def parameters(self):
        neuron, gate = self.parts[0]["gate"]
        return [*neuron.parameters(), gate, self.parts[1][0], *self.tables.values(), self.scale]


class Tied(Module):
    """One node in two places."""

    def __init__(self):
        self.encoder = Neuron(1, seed=1)
        self.decoder = Neuron(1, seed=2)
        self.decoder.weights = self.encoder.weights

    def parameters(self):
        return [*self.encoder.parameters(), self.decoder.bias]


# Names


def test_names_follow_the_attributes(model):
    assert list(model.state_dict()) == [
        *("layers.0.neurons.0.weights.0", "layers.0.neurons.0.weights.1", "layers.0.neurons.0.bias"),
        *("layers.0.neurons.1.weights.0", "layers.0.neurons.1.weights.1", "layers.0.neurons.1.bias"),
        *("layers.1.neurons.0.weights.0", "layers.1.neurons.0.weights.1", "layers.1.neurons.0.bias"),
    ]


def test_the_values_stand_in_the_order_of_parameters(model):
    assert list(model.state_dict().values()) == [p.value for p in model.parameters()]


def test_a_state_is_a_copy_in_plain_floats(model):
    model.parameters()[0].value = np.float32(0.5)
    saved = model.state_dict()
    assert {type(x) for x in saved.values()} == {float}
    saved["layers.0.neurons.0.bias"] = 99.0
    assert model.layers[0].neurons[0].bias.value != 99.0


def test_lists_and_dicts_and_tuples_of_modules():
    assert set(Nested().state_dict()) == {
        *("scale", "tables.a", "tables.7", "parts.1.0"),
        *("parts.0.gate.0.weights.0", "parts.0.gate.0.bias", "parts.0.gate.1"),
    }
    twin = Nested()
    for parameter in twin.parameters():
        parameter.value = 0.0
    twin.load_state_dict(Nested(scale=9.0).state_dict())
    assert bits(twin) == bits(Nested(scale=9.0))


def test_a_shared_parameter_has_one_name(path):
    assert list(Tied().state_dict()) == ["encoder.weights.0", "encoder.bias", "decoder.bias"]
    one, other = Tied(), Tied()
    one.encoder.weights[0].value = 7.0
    one.save(path)
    other.load(path)
    assert other.decoder.weights[0].value == 7.0
    assert other.decoder.weights[0] is other.encoder.weights[0]


def test_a_result_that_a_module_remembers_is_no_parameter():
    neuron = Neuron(1, seed=1)
    neuron.last = neuron([1.0])
    assert list(neuron.state_dict()) == ["weights.0", "bias"]


def test_a_module_that_knows_its_parent_does_not_go_in_circles():
    outer = Nested()
    outer.parts[0]["gate"][0].parent = outer
    outer.parts.append(outer.parts)
    assert len(outer.state_dict()) == 7


def test_a_frozen_part_is_saved_too():
    class Frozen(Nested):
        def parameters(self):
            return [self.scale]

    assert len(Frozen().state_dict()) == 7


class InASet(Module):
    def __init__(self):
        self.parts = {ValueNode(1.0)}

    def parameters(self):
        return list(self.parts)


class InSlots(Module):
    __slots__ = ("weight",)

    def __init__(self):
        self.weight = ValueNode(1.0)

    def parameters(self):
        return [self.weight]


class SameName(Module):
    def __init__(self):
        self.parts = {1: ValueNode(1.0), "1": ValueNode(2.0)}

    def parameters(self):
        return list(self.parts.values())


@pytest.mark.parametrize("make", [InASet, InSlots, SameName])
def test_a_parameter_without_a_name_is_never_left_out_in_silence(make, path):
    with pytest.raises(ValueError, match=f"1 of the parameters of this {make.__name__} have no name"):
        make().save(path)
    assert not path.exists()


# A state in memory


def test_load_state_dict_copies_every_value():
    one, other = MLP(3, [4, 2], seed=1), MLP(3, [4, 2], seed=2)
    assert bits(one) != bits(other)
    other.load_state_dict(one.state_dict())
    assert bits(one) == bits(other)
    assert one([1, 2, 3])[1].value == other([1, 2, 3])[1].value


def test_load_state_dict_keeps_the_nodes_themselves(model):
    before = model.parameters()
    model.load_state_dict(MLP(2, [2, 1], seed=2).state_dict())
    assert model.parameters() == before


def test_any_mapping_of_real_numbers_is_a_state(model):
    model.load_state_dict({name: np.float64(1) for name in model.state_dict()})
    assert {type(p.value) for p in model.parameters()} == {float}


WRONG = {
    "missing": (
        lambda s: s.pop(LAST),
        ValueError,
        f"no value for '{LAST}'",
    ),
    "extra": (
        lambda s: s.update(more=1.0),
        ValueError,
        "a value for 'more' too: it has 10 .* of 9",
    ),
    "string": (
        lambda s: s.update({LAST: "0.5"}),
        TypeError,
        f"the value of '{LAST}' is not a number: '0.5'",
    ),
    "none": (lambda s: s.update({LAST: None}), TypeError, "is not a number: None"),
    "bool": (lambda s: s.update({LAST: True}), TypeError, "is not a number: True"),
    "list": (lambda s: s.update({LAST: [1.0]}), TypeError, r"is not a number: \[1.0\]"),
    "huge": (lambda s: s.update({LAST: 10**400}), OverflowError, "too large for a float"),
}


@pytest.mark.parametrize(("damage", "error", "message"), WRONG.values(), ids=WRONG)
def test_a_wrong_state_changes_nothing(model, damage, error, message):
    other = MLP(2, [2, 1], seed=2).state_dict()
    damage(other)
    before = bits(model)
    with pytest.raises(error, match=message):
        model.load_state_dict(other)
    assert bits(model) == before


@pytest.mark.parametrize("other", [MLP(2, [1]), MLP(2, [3, 1]), MLP(3, [2, 1]), Layer(2, 2), Nested()])
def test_the_state_of_another_shape_is_refused(model, other):
    before = bits(model)
    with pytest.raises(ValueError, match="build the model in the shape that was saved"):
        model.load_state_dict(other.state_dict())
    assert bits(model) == before


# On disk


def test_save_and_load_bring_every_bit_back(path):
    one, other = MLP(2, [2, 1], seed=1), MLP(2, [2, 1], seed=2)
    for parameter, value in zip(one.parameters(), STRANGE, strict=True):
        parameter.value = value
    one.save(path)
    other.load(path)
    assert bits(other) == bits(one)


def test_random_models_come_back_bit_for_bit(path):
    one = MLP(2, [16, 16, 1], seed=5)
    one.save(path)
    other = MLP(2, [16, 16, 1], seed=6)
    other.load(path)
    assert bits(other) == bits(one)


def test_a_path_may_be_a_string(model, path):
    model.save(str(path))
    model.load(str(path))


def test_the_file_is_json_that_says_what_it_is(model, path):
    model.save(path)
    document = json.loads(path.read_text(encoding="utf-8"))
    assert document["format"] == state.FORMAT
    assert document["module"] == "MLP"
    assert document["parameters"] == model.state_dict()
    assert [p.name for p in path.parent.iterdir()] == ["model.json"]


def test_a_second_save_takes_the_place_of_the_first(model, path):
    model.save(path)
    model.parameters()[0].value = 0.125
    model.save(path)
    other = MLP(2, [2, 1], seed=2)
    other.load(path)
    assert other.parameters()[0].value == 0.125


def saved(parameters=None, **changes):
    document = {"format": state.FORMAT, "module": "MLP", "parameters": parameters, **changes}
    return json.dumps(document)


GOOD = MLP(2, [2, 1], seed=2).state_dict()
TEXT = saved(GOOD)
DAMAGED = {
    "empty": (b"", "is damaged"),
    "truncated": (TEXT[: len(TEXT) // 2].encode(), "is damaged"),
    "truncated-by-one": (TEXT[:-1].encode(), "is damaged"),
    "two-documents": ((TEXT + TEXT).encode(), "is damaged: Extra data"),
    "binary": (bytes(range(256)), "is damaged"),
    "zeros": (bytes(1000), "is damaged"),
    "another-encoding": (TEXT.encode("utf-16"), "is damaged"),
    "bottomless": (b"[" * 200_000, "is damaged"),
    "a-huge-number": (TEXT.replace("-0.", "-0" * 5000, 1).encode(), "is damaged"),
    "list": (b"[1, 2, 3]", "was not written by save"),
    "number": (b"3.5", "was not written by save"),
    "other-json": (json.dumps(GOOD).encode(), "was not written by save"),
    "another-format": (
        saved(GOOD, format="autograd-engine parameters, version 2").encode(),
        "was not written",
    ),
    "no-parameters": (saved().encode(), "holds no parameters"),
    "a-list-of-parameters": (saved(list(GOOD.values())).encode(), "holds no parameters"),
    "wrong-shape": (
        saved(MLP(2, [3, 1]).state_dict()).encode(),
        "does not fit this MLP: .* in the shape that",
    ),
    "missing-name": (saved({k: v for k, v in GOOD.items() if k != LAST}).encode(), f"no value for '{LAST}'"),
    "extra-name": (saved({**GOOD, "more": 1.0}).encode(), "a value for 'more' too"),
    "string": (saved({**GOOD, LAST: "0.5"}).encode(), f"value of '{LAST}' is not a number: '0.5'"),
    "null": (saved({**GOOD, LAST: None}).encode(), "is not a number: None"),
    "bool": (saved({**GOOD, LAST: False}).encode(), "is not a number: False"),
    "nested": (saved({**GOOD, LAST: {"value": 1.0}}).encode(), "is not a number"),
    "too-large": (saved({**GOOD, LAST: 10**400}).encode(), "too large for a float"),
}


@pytest.mark.parametrize(("content", "message"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_file_is_a_value_error_and_leaves_the_model_as_it_was(model, path, content, message):
    path.write_bytes(content)
    before = bits(model)
    with pytest.raises(ValueError, match=message) as caught:
        model.load(path)
    assert str(path) in str(caught.value)
    assert bits(model) == before
    assert path.read_bytes() == content


def test_every_truncation_of_a_file_is_refused(path):
    neuron = Neuron(1, seed=1)
    neuron.save(path)
    whole, before = path.read_bytes(), bits(neuron)
    end = len(whole.rstrip())
    for length in range(end):
        path.write_bytes(whole[:length])
        with pytest.raises(ValueError, match="is damaged"):
            neuron.load(path)
    assert bits(neuron) == before


def test_a_missing_file_is_the_error_that_python_has_for_it(model, path):
    with pytest.raises(FileNotFoundError):
        model.load(path)


# Interrupted saves


def halfway(self, text, **options):
    self.write_bytes(text[: len(text) // 2].encode())
    raise KeyboardInterrupt


def refused(self, target):
    raise PermissionError("the target is open elsewhere")


@pytest.mark.parametrize(
    ("method", "replacement", "error"),
    [("write_text", halfway, KeyboardInterrupt), ("replace", refused, PermissionError)],
)
def test_an_interrupted_save_keeps_the_old_file(model, path, monkeypatch, method, replacement, error):
    model.save(path)
    before = path.read_bytes()
    model.parameters()[0].value = 0.125
    with monkeypatch.context() as patch, pytest.raises(error):
        patch.setattr(Path, method, replacement)
        model.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["model.json"]  # and no half of a file beside it


def test_a_model_that_cannot_be_written_keeps_the_old_file(model, path):
    model.save(path)
    before = path.read_bytes()
    model.parameters()[0].value = "half"
    with pytest.raises(TypeError, match="expected a number, got str"):
        model.save(path)
    assert path.read_bytes() == before


def test_a_folder_is_no_file(model, tmp_path):
    with pytest.raises(OSError):
        model.save(tmp_path)
    with pytest.raises(OSError):
        model.load(tmp_path)
    assert not list(tmp_path.parent.glob("*.part"))
