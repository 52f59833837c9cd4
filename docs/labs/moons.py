# %% [markdown]
# # Moons
#
# This lab trains a small network on two half moons, and looks at it from all sides. It is a notebook:
# every cell below has run while this page was made. To play with it, take the file
# `docs/labs/moons.py` from the repository, open it in Jupyter (with jupytext) or in an editor that
# knows `# %%` cells, change a number, and run it again. The reasons behind all this are in [Loss and
# training](../part2/training.md).
#
# ## The dials of this lab
#
# Everything you may want to turn stands here. The seeds make a run repeatable; change one, and you
# get other moons, or another network.

# %%
N_POINTS = 100
NOISE = 0.1
HIDDEN = [16, 16]
EPOCHS = 50
DATA_SEED = 7
MODEL_SEED = 9

# %% [markdown]
# ## Two moons
#
# Each point has two coordinates, a row of `X`. Its label, 0 or 1, becomes $-1$ or $+1$ here.

# %%
from sklearn.datasets import make_moons

X, y = make_moons(n_samples=N_POINTS, noise=NOISE, random_state=DATA_SEED)
y = y * 2 - 1
for point, label in zip(X[:4], y[:4]):
    print(f"({point[0]:5.2f}, {point[1]:5.2f})  {label:+d}")

# %% alt="Two half moons of fifty points each, bent into each other." caption="A hundred points. Each moon reaches into the bend of the other, so no straight line parts them."
import matplotlib.pyplot as plt


def show_points(axes, X, y):
    for label, mark in ((-1, "o"), (1, "^")):
        colour = "C0" if label < 0 else "C1"
        axes.plot(*X[y == label].T, mark, color=colour, ms=4)
    axes.set_aspect("equal")
    axes.grid(False)


figure, axes = plt.subplots()
show_points(axes, X, y)

# %% [markdown]
# ## A network
#
# Two numbers go in, one score comes out. Its sign is the guess.

# %%
from autograd.grad import ValueNode
from autograd.nn import MLP

model = MLP(2, [*HIDDEN, 1], seed=MODEL_SEED)
print(model, "with", len(model.parameters()), "parameters")

# %% [markdown]
# Ask it about the first point. It knows nothing yet, so the sign is a matter of luck.

# %%
score = model([ValueNode(X[0, 0], "x1"), ValueNode(X[0, 1], "x2")])
print(f"score {score.value:.3f}, label {y[0]:+d}")
print(f"the score has a graph of {len(score.topological_order())} nodes behind it")

# %% [markdown]
# ## The whole plane
#
# The score is a function on the plane, so we can draw it. The bold line is the *decision boundary*,
# where the score is 0. The thin lines are at $-1$ and $+1$: beyond them the colour is stronger, and
# the loss will have no wishes left.

# %% fold="How the plane is drawn"
import numpy as np

across = np.linspace(-1.75, 2.75, 37)
up = np.linspace(-1.25, 1.75, 25)


def show_plane(axes, model, margins=True):
    scores = [[model([u, v]).value for u in across] for v in up]
    ink = plt.rcParams["text.color"]
    for edge, alpha in ((0, 0.12), (1, 0.15))[: 1 + margins]:
        axes.contourf(across, up, scores, [-1e9, -edge], colors=["C0"], alpha=alpha)
        axes.contourf(across, up, scores, [edge, 1e9], colors=["C1"], alpha=alpha)
    axes.contour(across, up, scores, [0], colors=[ink], linewidths=1.5)
    if margins:
        axes.contour(across, up, scores, [-1, 1], colors=[ink], linewidths=0.5)
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))


# %% alt="The moons on a plane that a crooked line divides into two coloured regions; the line stands at the left and pays no heed to the points." caption="The boundary before training. It has never seen the points."
figure, axes = plt.subplots()
show_plane(axes, model)
show_points(axes, X, y)

# %% [markdown]
# ## A loss
#
# The hinge asks for a score of at least 1 on the right side: $(1 - y s)^+$. The function below builds
# the graph of its mean over the data, adds a little for large weights, and returns it together with
# the accuracy.


# %%
def loss(batch_size=None):
    if batch_size is None:
        Xb, yb = X, y
    else:
        ri = np.random.permutation(X.shape[0])[:batch_size]
        Xb, yb = X[ri], y[ri]
    inputs = [list(map(ValueNode, xrow)) for xrow in Xb]
    scores = list(map(model, inputs))
    losses = [(1 + -yi * scorei).relu() for yi, scorei in zip(yb, scores)]
    data_loss = sum(losses) * (1.0 / len(losses))
    reg_loss = 1e-4 * sum(p * p for p in model.parameters())
    right = [(yi > 0) == (scorei.value > 0) for yi, scorei in zip(yb, scores)]
    return data_loss + reg_loss, sum(right) / len(right)


node, accuracy = loss()
print(f"loss {node.value:.4f}, accuracy {accuracy:.0%}")

# %% [markdown]
# ## One step
#
# One walk back gives the slope of this number towards each parameter. Move them all a little against
# it, and ask again.

# %%
model.zero_grad()
node.backward()
for parameter in model.parameters():
    parameter.value -= 0.1 * parameter.grad

node, accuracy = loss()
print(f"loss {node.value:.4f}, accuracy {accuracy:.0%}")

# %% [markdown]
# ## Training
#
# `train` repeats this with a better rule for the step. Leave out `progress=False` when you run it
# yourself, and a bar shows how far it is.

# %%
history = model.train(loss, epochs=EPOCHS, schedule=True, progress=False)
print(history)

# %% alt="Three small plots over the epochs: the loss falls to almost 0, the accuracy rises to 1, the learning rate is held and then falls." caption="Loss, accuracy and learning rate, epoch by epoch. The loss goes on falling after the last mistake is gone."
history.plot()

# %% alt="The moons, now divided by an S-shaped boundary that runs through the gap between them; thin lines follow it on either side." caption="The boundary after training. Nearly every point has come to lie beyond the thin lines."
figure, axes = plt.subplots()
show_plane(axes, model)
show_points(axes, X, y)

# %% [markdown]
# ## Inside
#
# Where do the corners of the boundary come from? Every neuron of the first layer is a hinge, which
# bends along a straight line, $w_1 x_1 + w_2 x_2 + b = 0$. Between these lines the first layer is
# linear, and only the bends of later layers remain. So here they all are, before and after training.

# %% fold="How the lines are drawn"
ends = np.array([across[0], across[-1]])


def show_hinges(axes, model):
    for neuron in model.layers[0].neurons:
        w1, w2 = (weight.value for weight in neuron.weights)
        axes.plot(ends, -(neuron.bias.value + w1 * ends) / w2, lw=0.8, color="C3")
    axes.set(xlim=(across[0], across[-1]), ylim=(up[0], up[-1]))


# %% alt="Two panels with the moons and many straight lines. Before training the lines lie scattered over the plane; after training many of them have moved and turned." caption="The lines along which the first layer bends, before training and after. Training has moved and turned them."
figure, (left, right) = plt.subplots(1, 2, figsize=(6.4, 2.6), sharey=True)
for axes, title, net in (
    (left, "before", MLP(2, [*HIDDEN, 1], seed=MODEL_SEED)),
    (right, "after", model),
):
    show_hinges(axes, net)
    show_points(axes, X, y)
    axes.set_title(title)

# %% [markdown]
# ## How many hinges does it take?
#
# Now the same data with narrower networks. `experiment` does in one call what you did above, and
# tests the result on 200 points that the network has never seen.


# %%
def share_right(model, X, y):
    return np.mean([(model(xrow).value > 0) == (yi > 0) for xrow, yi in zip(X, y)])


def experiment(hidden, noise=NOISE, activation="relu", epochs=EPOCHS, alpha=1e-4):
    X, y = make_moons(n_samples=N_POINTS, noise=noise, random_state=DATA_SEED)
    new_X, new_y = make_moons(n_samples=200, noise=noise, random_state=DATA_SEED + 1)
    y, new_y = y * 2 - 1, new_y * 2 - 1
    model = MLP(2, [*hidden, 1], activation, seed=MODEL_SEED)

    def loss():
        losses = [(1 + -yi * model(xrow)).relu() for xrow, yi in zip(X, y)]
        squares = sum(p * p for p in model.parameters())
        return sum(losses) * (1.0 / len(losses)) + alpha * squares, None

    model.train(loss, epochs=epochs, progress=False)
    return model, share_right(model, X, y), share_right(model, new_X, new_y)


outcomes = [experiment(hidden) for hidden in ([1], [2], [4], [8])]
for net, seen, new in outcomes:
    print(f"{net!s:15} seen {seen:6.1%}, new {new:6.1%}")

# %% alt="Four panels with the moons. With one and with two hidden neurons the boundary is straight, with four it has two shallow bends and still cuts off the ends of the moons, with eight it winds between them." caption="The boundary with one hidden layer of 1, 2, 4 and 8 neurons. One and two hinges leave it straight; with eight it winds."
figure, panels = plt.subplots(2, 2, figsize=(6.4, 4.8), sharey=True)
for axes, (net, *_) in zip(panels.flat, outcomes):
    show_plane(axes, net, margins=False)
    show_points(axes, X, y)
    axes.set_title(str(net))

# %% [markdown]
# ## Without corners
#
# Nothing says that a hinge must have a corner. `tanh` bends smoothly, and so does the boundary:

# %% alt="The moons with a smoothly winding boundary between them." caption="Sixteen neurons that bend smoothly, and a boundary without corners."
smooth, seen, new = experiment([16], activation="tanh")
print(f"{smooth!s:15} seen {seen:6.1%}, new {new:6.1%}")
figure, axes = plt.subplots()
show_plane(axes, smooth)
show_points(axes, X, y)

# %% [markdown]
# ## Things to try
#
# Begin at the top, with the dials:
#
# - `NOISE = 0.3`. The moons overlap, and no boundary is right for all. What does the network do about
#   it?
# - `N_POINTS = 20` with that noise. Compare what it says of the points it has seen and of new ones.
#   Then give `experiment` a larger `alpha`.
# - `MODEL_SEED`: run through ten of them with the hidden layer `[4]`. How often do four neurons
#   suffice?
#
# Then change the recipe:
#
# - Replace the hinge by `(scorei - yi) ** 2`. What happens to the thin lines at $-1$ and $+1$?
# - Train with `batch_size=10`, and with `optimizer="sgd"`. How many epochs does each need?
# - Leave `np.random.seed` alone and train with batches twice. Then seed it, and train twice again.
# - Take other data: `make_circles` from the same module, or points of your own. What is the least
#   number of hinges that can enclose a disc?
# - Draw one hidden neuron's output over the plane, in place of the score.
