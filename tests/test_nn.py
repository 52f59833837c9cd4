"""Neurons, layers and networks: shapes, order, random state, and what they refuse."""

import copy
import gc
import inspect
import itertools
import math
import os
import random
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import nn, rules
from autograd.forward import Dual
from autograd.grad import ValueNode, no_grad
from autograd.nn import ACTIVATIONS, MLP, Layer, Module, Neuron
from autograd.rules import Rule, Valued

KINDS = {
    "neuron": lambda **options: Neuron(3, **options),
    "layer": lambda **options: Layer(3, 2, **options),
    "mlp": lambda **options: MLP(3, [4, 4, 1], **options),
}
SEEDED = pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)


def values(module):
    return [parameter.value for parameter in module.parameters()]


def written_out(neuron, inputs):
    """The weighted sum as one writes it by hand, from the bias on."""
    return sum((w * x for w, x in zip(neuron.weights, inputs, strict=True)), neuron.bias)


# The contract, section 1


def test_the_call_shapes_of_the_contract():
    model = MLP(n_inputs=3, n_outputs=[4, 4, 1])
    out = model([ValueNode(1.0), ValueNode(-2.0), ValueNode(3.0)])
    assert type(out) is ValueNode
    assert type(model([1.0, -2.0, 3.0])) is ValueNode
    assert len(model.parameters()) == 41
    assert len(MLP(2, [16, 16, 1]).parameters()) == 337


def test_the_names_at_the_top_of_the_package():
    for name in ("MLP", "Layer", "Module", "Neuron"):
        assert getattr(autograd, name) is getattr(nn, name)
    assert all(hasattr(autograd, name) for name in autograd.__all__)
    for name in ("grad", "train", "compile"):  # these are modules; a function must not hide them
        assert name not in autograd.__all__
        assert inspect.ismodule(getattr(autograd, name, autograd))


# Seeds


@SEEDED
def test_the_same_seed_gives_the_same_bits(make):
    assert values(make(seed=7)) == values(make(seed=7)) != values(make(seed=8))


@SEEDED
def test_a_seed_of_zero_is_a_seed(make):
    assert values(make(seed=0)) == values(make(seed=0))


@SEEDED
def test_without_a_seed_the_global_generator_is_used(make):
    random.seed(3)
    first = values(make())
    random.seed(3)
    assert values(make()) == first != values(make())


@SEEDED
def test_a_seed_leaves_the_global_generator_alone(make):
    before = random.getstate()
    make(seed=3)
    assert random.getstate() == before


@SEEDED
def test_a_generator_moves_on_from_model_to_model(make):
    rng = random.Random(5)
    first, second = values(make(rng=rng)), values(make(rng=rng))
    assert first == values(make(rng=random.Random(5))) == values(make(seed=5))
    assert first != second


@SEEDED
def test_a_generator_of_numpy_works(make):
    one = make(rng=np.random.default_rng(5))
    assert values(one) == values(make(rng=np.random.default_rng(5)))
    assert {type(x) for x in values(one)} == {float}


def test_a_seed_from_numpy_is_the_same_seed():
    assert values(Neuron(3, seed=np.int64(5))) == values(Neuron(3, seed=5))


@SEEDED
def test_a_seed_and_a_generator_together_are_refused(make):
    with pytest.raises(ValueError, match="a seed or a generator, not both"):
        make(seed=1, rng=random.Random(1))


@SEEDED
def test_a_number_is_no_generator(make):
    with pytest.raises(TypeError, match=r"rng must be a generator such as random.Random\(0\), got int"):
        make(rng=42)


def test_the_same_seed_gives_the_same_bits_in_every_process():
    program = "from autograd.nn import MLP; m = MLP(2, [5, 1], seed=1); y = m([0.3, -2.0]); y.backward()"
    program += "; print([(p.value.hex(), p.grad.hex()) for p in m.parameters()], y.value.hex())"
    runs = {
        subprocess.run(
            [sys.executable, "-c", program],
            capture_output=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


@SEEDED
def test_no_two_weights_begin_equal(make):
    assert len(set(values(make(seed=1)))) == len(values(make(seed=1)))


# Parameters: how many, and in what order


@pytest.mark.parametrize("sizes", [[1], [4, 4, 1], [16, 16, 1], [2, 3, 5, 7]])
def test_the_number_of_parameters_is_inputs_plus_one_times_outputs(sizes):
    formula = sum((n + 1) * m for n, m in zip([3, *sizes], sizes, strict=False))
    assert len(MLP(3, sizes).parameters()) == formula


def test_parameters_come_weights_first_then_bias_neuron_by_neuron_layer_by_layer():
    model = MLP(2, [2, 1], seed=1)
    first, second = model.layers
    assert model.parameters() == first.parameters() + second.parameters()
    assert first.parameters() == first.neurons[0].parameters() + first.neurons[1].parameters()
    assert first.neurons[0].parameters() == [*first.neurons[0].weights, first.neurons[0].bias]


class Counter:
    """A generator whose numbers are 0, 1, 2, ..."""

    def __init__(self):
        self.numbers = itertools.count()

    def uniform(self, a, b):
        assert a < b
        return float(next(self.numbers))


def test_parameters_are_drawn_in_the_order_in_which_they_are_listed():
    model = MLP(2, [3, 1], rng=Counter())
    assert values(model) == list(map(float, range(len(model.parameters()))))


@pytest.mark.parametrize("activation", ["relu", "linear"])
@pytest.mark.parametrize("width", [16, 64])
def test_a_layer_keeps_the_size_of_its_inputs(activation, width):
    rng, ratios = random.Random(1), []
    for _ in range(20):
        inputs = [rng.gauss(0.0, 1.0) for _ in range(width)]
        layer = Layer(width, width, activation, rng=rng)
        for neuron in layer.neurons:
            neuron.bias.value = 0.0
        before, after = (sum(x * x for x in xs) for xs in (inputs, [y.value for y in layer(inputs)]))
        ratios.append(after / before)
    assert 0.85 < sum(ratios) / len(ratios) < 1.15


def test_parameters_is_a_new_list_of_the_same_nodes():
    model = MLP(2, [3, 1])
    one, other = model.parameters(), model.parameters()
    assert one is not other
    assert one == other


# What comes out


def test_one_output_is_a_node_and_several_are_a_list():
    assert isinstance(MLP(2, [1])([1, 2]), ValueNode)
    assert isinstance(MLP(2, [3, 1])([1, 2]), ValueNode)
    outputs = MLP(2, [1, 3])([1, 2])
    assert isinstance(outputs, list)
    assert len(outputs) == 3
    assert isinstance(Neuron(2)([1, 2]), ValueNode)
    assert len(Layer(2, 1)([1, 2])) == 1  # a layer always gives a list


def test_a_neuron_is_the_weighted_sum_bit_for_bit():
    neuron, rng = Neuron(5, "linear", seed=1), random.Random(2)
    for _ in range(100):
        inputs = [ValueNode(rng.uniform(-9, 9)) for _ in range(5)]
        leaves = neuron.parameters() + inputs
        fused, written = neuron(inputs) ** 3, written_out(neuron, inputs) ** 3
        fused.backward()
        by_dot = [leaf.grad for leaf in leaves]
        for leaf in leaves:
            leaf.grad = 0.0
        written.backward()
        assert written.value == fused.value
        assert [leaf.grad for leaf in leaves] == by_dot
        neuron.zero_grad()


def test_a_network_is_its_neurons_written_out_bit_for_bit():
    model, x = MLP(2, [4, 4, 1], seed=3), [ValueNode(0.7), ValueNode(-1.9)]
    outputs = x
    for layer in model.layers:
        activation = ACTIVATIONS[layer.neurons[0].activation]
        outputs = [activation(written_out(neuron, outputs)) for neuron in layer.neurons]
    outputs[0].backward()
    expected = [p.grad for p in model.parameters() + x]
    for leaf in model.parameters() + x:
        leaf.grad = 0.0
    fused = model(x)
    fused.backward()
    assert fused.value == outputs[0].value
    assert [p.grad for p in model.parameters() + x] == expected


def test_a_layer_records_what_its_neurons_record_one_by_one():
    layer, x = Layer(3, 4, "tanh", seed=1), [ValueNode(0.5), ValueNode(-1.0), ValueNode(2.0)]
    for y, neuron in zip(layer(x), layer.neurons):
        z, want = y.parents[0], rules.dot(neuron.bias, neuron.weights, x)
        assert (z.rule, z.value, z.parents, z.slopes) == (want.rule, want.value, want.parents, want.slopes)
        assert (y.rule, y.slopes) == (rules.tanh, want.tanh().slopes)


def test_any_traveller_may_stand_among_the_weights_and_the_inputs():
    def score(model, x):
        return model(x) if isinstance(model(x), Valued) else model(x)[0]

    for place in ("weights", "bias", "inputs"):
        layer, x = Layer(2, 1, "tanh", seed=1), [ValueNode(0.5), ValueNode(-1.0)]
        neuron = layer.neurons[0]
        dual = Dual(0.25, 1.0)
        if place == "weights":
            neuron.weights[1] = dual
        elif place == "bias":
            neuron.bias = dual
        else:
            x[1] = dual
        want = rules.dot(neuron.bias, neuron.weights, x).tanh()
        for module in (layer, neuron):
            y = score(module, x)
            assert (type(y), y.value, y.tangent.value) == (Dual, want.value, want.tangent.value)


def test_a_layer_asks_a_neuron_of_another_kind_with_the_same_inputs():
    class First(Module):
        def parameters(self):
            return []

        def __call__(self, inputs):
            return inputs[0]

    layer, x = Layer(2, 2, seed=1), [ValueNode(0.5), ValueNode(-1.0)]
    layer.neurons[1] = First()
    assert layer(x)[1] is x[0]


def test_a_neuron_with_a_weight_too_few_says_so():
    layer = Layer(2, 2, seed=1)
    layer.neurons[1].weights.pop()
    with pytest.raises(ValueError, match="1 weights, 2 inputs"):
        layer([1.0, 2.0])


def test_a_network_under_no_grad_gives_the_same_value_and_no_graph():
    model = MLP(2, [4, 1], seed=1)
    with no_grad():
        y = model([0.5, -1.0])
    assert (y.value, y.parents) == (model([0.5, -1.0]).value, ())


def test_a_linear_neuron_is_one_node():
    assert len(Neuron(10, "linear")(range(10)).topological_order()) == 10 + 10 + 1 + 1


def test_the_left_fold_rounds_the_same_on_every_python():
    assert rules.left_fold(0.0, *[1.0] * 10, *[0.1] * 10) == 0.9999999999999999
    assert rules.dot(0.0, [1.0] * 10, [0.1] * 10) != math.fsum([0.1] * 10) == 1.0


def test_dot_needs_as_many_inputs_as_weights():
    with pytest.raises(ValueError, match="2 weights, 3 inputs"):
        rules.dot(0.0, [1.0, 2.0], [1.0, 2.0, 3.0])


@pytest.mark.parametrize(
    "wrap",
    [
        list,
        tuple,
        iter,
        np.array,
        lambda numbers: np.array(numbers, dtype=int),
        lambda numbers: list(map(ValueNode, np.array(numbers))),
        lambda numbers: [ValueNode(numbers[0]), np.float64(numbers[1]), int(numbers[2])],
    ],
    ids=["list", "tuple", "iterator", "numpy", "numpy-int", "nodes", "mixed"],
)
@SEEDED
def test_inputs_are_nodes_or_numbers_in_any_sequence(make, wrap):
    numbers = [1.0, -2.0, 3.0]
    assert str(make(seed=1)(wrap(numbers))) == str(make(seed=1)(numbers))


def test_the_gradient_reaches_inputs_that_are_nodes():
    x = [ValueNode(1.0), ValueNode(2.0)]
    neuron = Neuron(2, "linear", seed=1)
    neuron(x).backward()
    assert [node.grad for node in x] == [w.value for w in neuron.weights]


def test_neurons_of_a_layer_share_their_inputs():
    layer, x = Layer(2, 3, "linear", seed=1), [ValueNode(1.0), ValueNode(2.0)]
    outputs = layer(x)
    assert all(output.parents[3:] == tuple(x) for output in outputs)
    sum(outputs).backward()
    assert x[0].grad == pytest.approx(sum(neuron.weights[0].value for neuron in layer.neurons))
    numbers = layer([1.0, 2.0])  # a number becomes a node once, not once a neuron
    assert numbers[0].parents[3:] == numbers[1].parents[3:]


# Activations


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_by_name(name):
    neuron = Neuron(2, name, seed=4)
    z = neuron.bias.value + neuron.weights[0].value * 0.5 + neuron.weights[1].value * -3.0
    expected = {
        "linear": z,
        "relu": max(z, 0.0),
        "sigmoid": 1 / (1 + math.exp(-z)),
        "softplus": math.log(1 + math.exp(z)),
        "tanh": math.tanh(z),
    }
    assert neuron([0.5, -3.0]).value == pytest.approx(expected[name])


def test_an_unknown_activation_is_refused_with_the_list():
    with pytest.raises(ValueError, match="'rleu'; choose one of linear, relu, sigmoid, softplus, tanh"):
        Neuron(2, "rleu")


def test_an_unknown_activation_draws_no_random_numbers():
    before = random.getstate()
    with pytest.raises(ValueError, match="rleu"):
        Neuron(2, "rleu")
    assert random.getstate() == before


def test_hidden_layers_take_the_activation_and_the_last_layer_the_output():
    def names(model):
        return [layer.neurons[0].activation for layer in model.layers]

    assert names(MLP(2, [3, 3, 1])) == ["relu", "relu", "linear"]
    assert names(MLP(2, [3, 3, 1], "tanh", output="sigmoid")) == ["tanh", "tanh", "sigmoid"]
    assert names(MLP(2, [1], "tanh")) == ["linear"]


def test_an_activation_from_outside_the_package(monkeypatch):
    square = Rule("square", lambda a: a * a, lambda y, a: (2.0 * a,))
    monkeypatch.setitem(ACTIVATIONS, "square", square)
    x = ValueNode(3.0)
    neuron = Neuron(1, "square", seed=1)
    z = neuron.weights[0].value * 3.0 + neuron.bias.value
    out = neuron([x])
    out.backward()
    assert out.value == pytest.approx(z * z)
    assert neuron.bias.grad == pytest.approx(2 * z)


def test_a_dead_relu_has_no_gradient_and_softplus_has_one():
    for name, dead in (("relu", True), ("softplus", False)):
        neuron = Neuron(1, name, seed=1)
        neuron.weights[0].value, neuron.bias.value = 1.0, -5.0
        loss = sum(((1 - neuron([x])) ** 2 for x in (-1.0, 0.0, 1.0)), start=ValueNode(0.0))
        loss.backward()
        assert (neuron.bias.grad == neuron.weights[0].grad == 0.0) is dead


# What is refused


@SEEDED
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_a_wrong_number_of_inputs_says_how_many_were_wanted_and_got(make, count):
    module = make()
    with pytest.raises(ValueError) as caught:
        module([1.0] * count)
    assert str(caught.value) == f"{module!r} takes 3 inputs, got {count}"


def test_one_input_is_not_one_inputs():
    with pytest.raises(ValueError, match="takes 1 input, got 2"):
        Neuron(1)([1.0, 2.0])


@SEEDED
@pytest.mark.parametrize("inputs", [1.0, ValueNode(1.0), None], ids=["number", "node", "None"])
def test_inputs_must_come_in_a_list(make, inputs):
    with pytest.raises(TypeError, match="takes its inputs in a list, got"):
        make()(inputs)


def test_inputs_that_are_no_numbers_are_refused_with_the_way_out():
    with pytest.raises(TypeError, match=r"expected a number, got str: convert it with float\(\)"):
        Neuron(2)("ab")
    with pytest.raises(TypeError, match=r"got numpy.ndarray: .* take its elements one by one"):
        Neuron(2)(np.eye(2))
    with pytest.raises(TypeError, match="got NoneType"):
        Neuron(2)([1.0, None])


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Neuron(0), "n_inputs must be at least 1, got 0"),
        (lambda: Neuron(2.5), "n_inputs must be a whole number, got float"),
        (lambda: Layer(2, 0), "n_outputs must be at least 1, got 0"),
        (lambda: Layer(-1, 2), "n_inputs must be at least 1, got -1"),
        (lambda: MLP(0, [1]), "n_inputs must be at least 1, got 0"),
        (lambda: MLP(2, 3), "n_outputs lists the size of every layer, such as .*; got 3"),
        (lambda: MLP(2, []), "such as .*; got an empty list"),
        (lambda: MLP(2, [3, 0]), "n_outputs must be at least 1, got 0"),
        (lambda: MLP(2, [3, "1"]), "n_outputs must be a whole number, got str"),
    ],
)
def test_impossible_shapes_are_refused(make, message):
    with pytest.raises((TypeError, ValueError), match=message):
        make()


def test_sizes_from_numpy_are_sizes():
    assert repr(MLP(np.int64(2), np.array([3, 1]))) == "MLP(2, [3, 1])"


def test_a_module_says_its_shape():
    assert repr(Neuron(2)) == "Neuron(2, 'relu')"
    assert repr(Layer(2, 3, "tanh")) == "Layer(2, 3, 'tanh')"
    assert repr(MLP(3, [4, 4, 1])) == "MLP(3, [4, 4, 1])"


# Module


class TwoHeads(Module):
    """A user's own module: parts in attributes, a list, a dict and a tuple."""

    def __init__(self):
        self.body = Layer(1, 2, seed=1)
        self.heads = {"left": Neuron(2, "linear", seed=2), "right": [Neuron(2, "linear", seed=3)]}
        self.scale = ValueNode(2.0)

    def __call__(self, inputs, head="left"):
        hidden = self.body(inputs)
        return self.scale * (self.heads["left"] if head == "left" else self.heads["right"][0])(hidden)

    def parameters(self):
        heads = [self.heads["left"], *self.heads["right"]]
        return [p for part in (self.body, *heads) for p in part.parameters()] + [self.scale]


def test_module_is_abstract():
    with pytest.raises(TypeError, match="abstract"):
        Module()
    assert inspect.isabstract(Module)
    assert Module.__abstractmethods__ == {"parameters"}


@SEEDED
def test_zero_grad_stands_on_every_module(make):
    module = make(seed=1)
    for parameter in module.parameters():
        parameter.grad = 3.0
    module.zero_grad()
    assert all(parameter.grad == 0.0 for parameter in module.parameters())


def test_zero_grad_reaches_a_parameter_that_the_last_graph_did_not_reach():
    model = TwoHeads()
    right = model.heads["right"][0].bias
    model([1.0], head="right").backward()
    assert right.grad == 2.0
    model.zero_grad()
    model([1.0], head="left").backward()
    assert right.grad == 0.0
    assert model.heads["left"].bias.grad == 2.0


def test_without_zero_grad_gradients_add_up():
    neuron = Neuron(1, "linear", seed=1)
    neuron([3.0]).backward()
    neuron([3.0]).backward()
    assert neuron.weights[0].grad == 6.0


def test_a_module_of_ones_own_trains():
    model = TwoHeads()
    points = [(-1.0, 2.0), (0.0, 1.0), (1.0, 0.0)]

    def loss():
        return sum((model([x]) - y) ** 2 for x, y in points), None

    history = model.train(loss, epochs=60, progress=False)
    assert len(history) == 60
    assert history[-1].loss < 0.1 * history[0].loss


def test_equal_neurons_stay_equal():
    model = MLP(2, [3, 1], seed=1)
    for parameter in model.parameters():
        parameter.value = 0.5
    for _ in range(5):
        model.zero_grad()
        (model([1.0, 2.0]) - 7.0).__pow__(2).backward()
        for parameter in model.parameters():
            parameter.value -= 0.001 * parameter.grad
    first, *others = (values(neuron) for neuron in model.layers[0].neurons)
    assert others == [first, first]
    assert first != [0.5, 0.5, 0.5]


def test_a_copy_of_a_model_has_parameters_of_its_own():
    model = MLP(2, [3, 1], seed=1)
    twin = copy.deepcopy(model)
    assert values(twin) == values(model)
    twin.parameters()[0].value = 9.0
    assert model.parameters()[0].value != 9.0


def test_the_graph_of_a_network_goes_away_without_the_collector():
    model = MLP(2, [3, 1], seed=0)
    gc.collect()
    gc.disable()
    try:
        before = len(gc.get_objects())
        for _ in range(20):
            model([0.5, -1.0]).backward()
        assert len(gc.get_objects()) <= before + 10
    finally:
        gc.enable()
