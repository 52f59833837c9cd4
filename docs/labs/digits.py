# %% [markdown]
# # Digits
#
# A small slice of a collection of handwritten digits, eight by eight pixels each, and a network that learns to
# read them. Every pixel is a number, and every product and every sum of the training is carried out by Python, one
# after the other. That is slow: this lab takes seconds, and the whole collection would take minutes. What you get for
# it is that you can stop anywhere and ask any number anything. At the end, the lab counts what it cost.
#
# It is a notebook: every cell below has run while this page was made. To play with it, take the file
# `docs/labs/digits.py` from the repository. The reasons behind the training are in [Loss and
# training](../part2/training.md).
#
# ## The dials of this lab

# %%
N_TRAIN = 200
N_TEST = 300
HIDDEN = [12]
EPOCHS = 120
BATCH = 20
SEED = 3

# %% [markdown]
# ## A small slice
#
# scikit-learn brings the collection along. Its shades run from 0 to 16, ours from 0 to 1. We take the
# first pictures for training and the next ones for the test, and leave the rest in the drawer.

# %%
from sklearn.datasets import load_digits

digits = load_digits()
pictures = (digits.data / 16).tolist()
labels = digits.target.tolist()
X, y = pictures[:N_TRAIN], labels[:N_TRAIN]
X_test = pictures[N_TRAIN : N_TRAIN + N_TEST]
y_test = labels[N_TRAIN : N_TRAIN + N_TEST]
print(f"{len(X)} to learn from, {len(X_test)} for the test, {len(pictures)} in all")

# %% fold="How the pictures are drawn"
import matplotlib.pyplot as plt


def grid_of(pixels):
    return [pixels[8 * i : 8 * i + 8] for i in range(8)]


def show(axes, pixels, title, **style):
    style = {"cmap": "gray_r", "vmin": 0, "vmax": 1, **style}
    axes.imshow(grid_of(pixels), **style)
    axes.set_title(title, fontsize="small")
    axes.axis("off")


# %% alt="Twenty small grey pictures of handwritten digits, with their labels above them." caption="The first twenty pictures, each below its label. Eight by eight fields are enough for us to read them."
figure, panels = plt.subplots(2, 10, figsize=(6.8, 1.9))
for axes, pixels, label in zip(panels.flat, X, y):
    show(axes, pixels, label)

# %% [markdown]
# ## One picture
#
# 64 numbers go in, ten scores come out, one for each digit. The largest is the answer.

# %%
from autograd.grad import ValueNode
from autograd.nn import MLP

model = MLP(64, [*HIDDEN, 10], seed=SEED)
print(model, "with", len(model.parameters()), "parameters")

scores = model([ValueNode(pixel) for pixel in X[0]])
print(*(f"{score.value:.2f}" for score in scores))

# %% [markdown]
# The [cross-entropy](../part2/training.md) turns the scores into probabilities and says how much the
# true label surprises them. Behind it stands a graph, and its size is the price of this lab:

# %%
from autograd.losses import cross_entropy

surprise = cross_entropy(scores, y[0])
graph = surprise.topological_order()
made = sum(1 for node in graph if node.parents)
edges = sum(len(node.parents) for node in graph)
print(f"loss {surprise.value:.3f}, from {made} operations with {edges:,} operands")

# %% [markdown]
# Nearly every operand means one product or one sum on the way forward, and one of each on the way back.
#
# ## Training
#
# The closure takes a batch by lot. It draws from a generator of its own, so the lab prints the same
# numbers wherever it runs.

# %%
import random

rng = random.Random(SEED)


def answer(scores):
    return max(range(10), key=lambda k: scores[k])


def loss(batch_size):
    total, right = 0.0, 0
    for i in rng.sample(range(N_TRAIN), batch_size):
        scores = model(X[i])
        total = total + cross_entropy(scores, y[i])
        right += answer(scores) == y[i]
    return total / batch_size, right / batch_size


# %% alt="Three small plots over the epochs: the loss falls from above 2 to nearly 0, the accuracy rises to 1, both jagged; the learning rate is held and then falls." caption="Loss, accuracy and learning rate. Each epoch is one batch, so the curves are jagged."
history = model.train(loss, epochs=EPOCHS, batch_size=BATCH, lr=0.02, progress=False)
print(history)
history.plot()

# %% [markdown]
# ## Pictures it has never seen
#
# For answers no graph is needed. Given plain numbers and no recording, the model is plain arithmetic:

# %%
from autograd.grad import no_grad


def read(pictures):
    with no_grad():
        return [answer(model(pixels)) for pixels in pictures]


seen = sum(a == b for a, b in zip(read(X), y)) / N_TRAIN
guesses = read(X_test)
new = sum(a == b for a, b in zip(guesses, y_test)) / N_TEST
print(f"right: {seen:.1%} of the pictures it learned from, {new:.1%} of new ones")

# %% [markdown]
# ## Ask the pixels
#
# The walk back does not stop at the weights. If the pixels are nodes, they get a gradient like any
# leaf: how much would the score of the answer gain on the runner-up, if there were a little more ink
# here?


# %%
def ask(pixels):
    nodes = [ValueNode(pixel) for pixel in pixels]
    scores = model(nodes)
    first, second = sorted(range(10), key=lambda k: -scores[k].value)[:2]
    lead = scores[first] - scores[second]
    lead.backward()
    return first, second, lead.value, [node.grad for node in nodes]


# %% alt="Six digits in grey, and below each a map of eight by eight fields in red and blue. The strongest fields lie in the middle of most maps; the rest is a pale mixture of both colours." caption="Above, the picture, its answer and the runner-up. Below, the gradient of the lead: more ink on red speaks for the answer, more ink on blue for the runner-up."
figure, panels = plt.subplots(2, 6, figsize=(6.8, 2.9))
for (above, below), pixels in zip(panels.T, X_test):
    first, second, lead, slopes = ask(pixels)
    show(above, pixels, f"{first}, not {second}")
    show(below, slopes, "", cmap="bwr", vmin=-3, vmax=3)

# %% [markdown]
# ## A little ink
#
# A gradient says which way is down. So far we have moved weights along it. Now the weights stay and
# the pixels move, against the lead of the answer, and stay between white and black. A few small steps
# are enough:


# %%
def mislead(pixels, rate=0.02):
    truth, _, _, slopes = ask(pixels)
    found, steps = truth, 0
    while found == truth:
        pixels = [min(max(p - rate * s, 0.0), 1.0) for p, s in zip(pixels, slopes)]
        found, _, _, slopes = ask(pixels)
        steps += 1
    return pixels, found, steps


# %% alt="Six digits in two rows. Above as they were, each with the right label. Below nearly the same pictures, a little smudged, each with a wrong label." caption="Above, what the network reads rightly. Below, the same pictures after some steps, and what it reads now."
right = [i for i in range(N_TEST) if guesses[i] == y_test[i]][:6]
figure, panels = plt.subplots(2, 6, figsize=(6.8, 2.9))
for (above, below), i in zip(panels.T, right):
    changed, found, steps = mislead(X_test[i])
    ink = sum(abs(p - q) for p, q in zip(changed, X_test[i])) / 64
    show(above, X_test[i], y_test[i])
    show(below, changed, found)
    print(f"{y_test[i]} becomes {found}: {steps} steps, {ink:.0%} change of shade")

# %% [markdown]
# You would still read most of the lower row as before. The network does not see strokes. It adds up
# shades with weights, and the walk back knows exactly which shades count.
#
# ## What this lab does not do
#
# It did not use most of the pictures. Here is what it cost, and what the whole collection would cost with
# the larger network of [Whole batches](../part3/batches.md), which has 32 hidden neurons and goes
# through three quarters of the pictures thirty times:


# %%
def operands(model):
    root = cross_entropy(model(X[0]), y[0])
    return sum(len(node.parents) for node in root.topological_order())


here = operands(model) * EPOCHS * BATCH
there = operands(MLP(64, [32, 10], seed=0)) * 30 * (len(pictures) * 3 // 4)
print(f"this lab: {here:,} operands, each visited forward and back")
print(f"the whole: {there:,}, {there / here:.0f} times as many")

# %% [markdown]
# If you ran it, you know how long the training took on your machine; multiply. One object for
# each operation is a price that is paid for being able to ask anything of any node. When the question
# is always the same, the recording can be turned into a program, and the program can take a whole
# batch at once. [The compiler](../part3/compiler.md) and [Whole batches](../part3/batches.md) tell how,
# and there a larger model of this kind reads all the digits, with one call of `fit`.
#
# ## Things to try
#
# - `N_TRAIN = 50`, then 400. How do the two percentages move?
# - `HIDDEN = []`: no hidden layer at all. How well do ten weighted sums read? What do their gradients
#   look like in *Ask the pixels*?
# - Start `mislead` from an even grey: `[0.5] * 64`. Then move uphill towards one digit, with the lead
#   of that digit over all others. Does it draw one?
# - Train on the misleading pictures too, with their true labels. Are the new ones harder to mislead?
