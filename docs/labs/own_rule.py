# %% [markdown]
# # A rule of your own
#
# The table of rules is open. This lab adds one row to it from outside the package, and then looks at
# what has become possible: the new operation is drawn, checked, differentiated forwards, twice and
# three times, compiled, and at last trained in a network, where it does something that `tanh` cannot do.
#
# It is a notebook: every cell below has run while this page was made. To play with it, take the file
# `docs/labs/own_rule.py` from the repository. What a row is, and why it is written as it is, stands in
# [The rules](../part1/rules.md).
#
# ## A line with waves
#
# We want a function that rises like the identity and has waves on it:
#
# $$y = a + \sin^2 a$$
#
# It has been proposed as an activation for networks under the name *snake* (Ziyin, Hartwig and Ueda,
# ["Neural networks fail to learn periodic functions and how to fix
# it"](https://arxiv.org/abs/2006.08195), 2020). At the end we put their title to the test.
#
# The slope comes from the chain rule. The square has the slope $2 \sin a$ towards the sine, and the sine
# has the slope $\cos a$. The formula for the double angle turns $2 \sin a \cos a$ into a single sine:
#
# $$y' = 1 + 2 \sin a \cos a = 1 + \sin 2a$$
#
# It lies between 0 and 2, so the function never falls.
#
# ## The row
#
# A row has a form, a value on floats, and a tuple of slopes, one for each operand. The slopes are written with
# arithmetic and with other rows. So the sine in the value is Python's, and the one in the slope is a
# row of the table.

# %%
import math

from autograd.rules import row, sin

snake = row(
    "snake",
    lambda a: a + math.sin(a) ** 2,
    lambda y, a: (1.0 + sin(2.0 * a),),
)
print(snake, f"{snake(1.0):.4f}")

# %% fold="How the plot is drawn" alt="Two curves over inputs from -6 to 6. The value rises from lower left to upper right in a staircase of soft waves. The slope is a sine wave between 0 and 2." caption="The new function and its slope, drawn by sending floats through the row."
import matplotlib.pyplot as plt

xs = [k / 20 for k in range(-120, 121)]
ys = [snake.at(x) for x in xs]
figure, axes = plt.subplots()
axes.plot(xs, ys, label="value")
axes.plot(xs, [snake.slopes_at(y, x)[0] for x, y in zip(xs, ys)], label="slope")
axes.set_xlabel("a")
legend = axes.legend()

# %% [markdown]
# ## Drawn
#
# Give it a node, and it makes a node. The drawing needs nothing else: the name on the mark is the form,
# the number on the edge is the slope.

# %% alt="A computation graph. The leaf a = 0.5 and the leaf w = 2 enter a product with the result 1. It goes through a mark named snake, with the slope 1.9093 on the edge, and gives 1.7081. Each box also shows its gradient." caption="The row in a graph, after the walk back."
from autograd.grad import ValueNode, draw_dot

a, w = ValueNode(0.5, "a"), ValueNode(2.0, "w")
y = snake(w * a)
y.backward()
draw_dot(y, slopes=True)

# %% [markdown]
# ## Checked
#
# We derived the slope ourselves, so somebody else should look at it. `gradcheck` steps to both sides and
# compares. At points with nothing special about them:

# %%
from autograd.check import GradcheckError, gradcheck

for x in (-2.3, 0.7, 4.1):
    for each in gradcheck(snake, [x]).rows:
        print(f"at {x:4}: {each.backward:.8f} and {each.difference:.8f}")

# %% [markdown]
# Would it have noticed a slip? Here is the same row with the 2 lost, in a formula. (`Rule` makes a row and keeps it out
# of the table.)

# %%
from textwrap import fill

from autograd.rules import Rule, exp

slip = Rule("slip", snake.value, lambda y, a: (1.0 + sin(a),))
try:
    gradcheck(lambda a, b: exp(slip(a * b)) / b, [0.7, 1.3])
except GradcheckError as error:
    for part in str(error).split("; "):
        print(fill(part, 80))

# %% [markdown]
# It is wrong, and the operation is named. [Checking derivatives](../part1/checking.md) tells how.
#
# ## Forwards
#
# A dual number carries a derivative along instead of recording a graph ([forward
# mode](../part3/forward.md)). It has never heard of our row. It asks the table for a value and a slope,
# as the node does:

# %%
from autograd.forward import jvp

value, slope = jvp(snake, (1.0,), (1.0,))
x = ValueNode(1.0)
snake(x).backward()
print(f"forward: {slope:.6f}, backward: {x.grad:.6f}, by hand: {1 + math.sin(2):.6f}")
assert slope == x.grad

# %% [markdown]
# ## Again and again
#
# The slope is written in rows, and these have slopes that are written in rows. So the derivative can be
# [differentiated again](../part3/higher.md). By hand: $2 \cos 2a$ and then
# $-4 \sin 2a$.

# %%
from autograd.functional import grad

second = grad(grad(snake))
third = grad(second)
print(f"second: {second(1.0):.6f}, by hand {2 * math.cos(2):.6f}")
print(f"third:  {third(1.0):.6f}, by hand {-4 * math.sin(2):.6f}")

# %% [markdown]
# Had we written `math.sin` in the slope, the first derivative would have worked, and this cell would
# not.
#
# ## Compiled
#
# [The compiler](../part3/compiler.md) sends names through the rows and writes down what they do. The
# derivative of our row turns up in its program:

# %%
from autograd.compile import compile

program = compile(lambda x: 2 * snake(x), 1.0)
print(program.source)

# %% [markdown]
# ## Trained
#
# Networks find their activations in a dictionary, by name. One line puts ours among them:

# %%
from autograd.nn import ACTIVATIONS, MLP

ACTIVATIONS["snake"] = snake


# %% [markdown]
# The task: a wave on a slope, given at points between $-2$ and $2$. We train two networks that differ in
# the activation and in nothing else.


# %%
def target(x):
    return math.sin(3 * x) + 0.5 * x


data = [k / 10 for k in range(-20, 21)]


def trained(activation):
    model = MLP(1, [8, 1], activation, seed=1)

    def loss():
        errors = [(model([x]) - target(x)) ** 2 for x in data]
        return sum(errors) / len(errors), None

    history = model.train(loss, epochs=400, lr=0.03, progress=False)
    return model, history.loss


models, losses = zip(*(trained(name) for name in ("tanh", "snake")))
for name, each in zip(("tanh", "snake"), losses):
    print(f"{name:6} loss {each[0]:.4f} -> {each[-1]:.1e}")

# %% [markdown]
# Both have learned the points. Now ask them about places where they have never been:

# %% fold="How the plot is drawn" alt="The target, a wave that rises from left to right, from -6 to 6, with the points between -2 and 2 marked. The curve of the tanh network follows it there and becomes flat on both sides. The curve of the snake network follows it there and goes on waving close to the target for a good way outside." caption="Between the dotted lines both networks saw the target. Outside, one of them goes on."
figure, axes = plt.subplots()
axes.plot(xs, [target(x) for x in xs], color="black", alpha=0.4, label="target")
for model, name in zip(models, ("tanh", "snake")):
    axes.plot(xs, [model([x]).value for x in xs], label=name)
for edge in (data[0], data[-1]):
    axes.axvline(edge, color="black", linestyle=":", linewidth=1)
axes.set(xlabel="x", ylim=(-5.5, 5.5))
legend = axes.legend()

# %%
outside = [k / 10 for k in range(21, 51)]
for model, name in zip(models, ("tanh", "snake")):
    squares = [(model([x]).value - target(x)) ** 2 for x in outside]
    print(f"{name:6} mean square error from 2 to 5: {sum(squares) / len(squares):.3f}")

# %% [markdown]
# A sum of curves that level off levels off. No training can teach it to go on. A sum of waves goes on
# as it began, and here that happens to be right. What a network can do far from its data is decided by
# its activation, before it has seen anything.
#
# ## Whole batches
#
# One more traveller: [`fit`](../part3/batches.md) sends all points through at once, as one column of an array. For a row that numpy has no word for,
# it computes the value element by element. The slope is written in rows that numpy knows.

# %%
from autograd.losses import squared_error

again = MLP(1, [8, 1], "snake", seed=1)
history = again.fit(
    [[x] for x in data],
    [target(x) for x in data],
    squared_error,
    epochs=400,
    lr=0.03,
    progress=False,
)
print(f"loss {history.loss[0]:.4f} -> {history.loss[-1]:.1e}")

# %% [markdown]
# It is the training from above. All of this came from one row, and nothing in the package was changed.
#
# ## Things to try
#
# - Other seeds. How far does the wave go on being right, and when does it lose its beat?
# - `a + math.sin(5.0 * a) ** 2 / 5.0`, with a form of its own. Derive the slope first.
# - Give the row a weight: two operands, $y = a + \sin^2(b a) / b$, two slopes. Which of them is
#   difficult at $b = 0$? What can `needs` say about it?
# - Make the classic mistake: `lambda y, a: (1.0 + math.sin(2.0 * a),)`. Which cells fail, and with which
#   words?
# - Invent a row whose slope is 0 on a stretch, train with it, and look for dead neurons.
