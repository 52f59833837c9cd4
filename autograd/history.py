"""What happened in a training run: a table, and a plot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from autograd.plot import Panels, Plot


class Epoch(NamedTuple):
    """One row of a history.

    Attributes:
        loss: the loss before the step.
        accuracy: the accuracy before the step; None where there was none.
        learning_rate: the learning rate of the step.
    """

    loss: float
    accuracy: float | None
    learning_rate: float

    def __str__(self) -> str:
        accuracy = "" if self.accuracy is None else f", accuracy {self.accuracy:.3f}"
        return f"loss {self.loss:.4g}{accuracy}"


class History:
    """The epochs of a training run, in order; `print` shows a table.

    Attributes:
        epochs: one row for each finished epoch; the loss and the accuracy are those
            before its step.
        interrupted: whether Ctrl-C ended the run.
    """

    def __init__(self) -> None:
        self.epochs: list[Epoch] = []
        self.interrupted = False

    @property
    def loss(self) -> list[float]:
        """The loss of each epoch."""
        return [epoch.loss for epoch in self.epochs]

    @property
    def accuracy(self) -> list[float | None]:
        """The accuracy of each epoch, as the closure returned it."""
        return [epoch.accuracy for epoch in self.epochs]

    @property
    def learning_rate(self) -> list[float]:
        """The learning rate of each epoch."""
        return [epoch.learning_rate for epoch in self.epochs]

    def __len__(self) -> int:
        return len(self.epochs)

    def __iter__(self) -> Iterator[Epoch]:
        return iter(self.epochs)

    def __getitem__(self, index: int) -> Epoch:
        return self.epochs[index]

    def __repr__(self) -> str:
        last = f", last: {self[-1]}" if self.epochs else ""
        end = ", interrupted" if self.interrupted else ""
        return f"<History of {len(self)} epochs{last}{end}>"

    def __str__(self) -> str:
        lines = [" epoch        loss    accuracy    learning rate"]
        for i in spread(len(self)):
            loss, accuracy, lr = self[i]
            shown = "-" if accuracy is None else f"{accuracy:.3f}"
            lines.append(f"{i + 1:6}  {loss:10.4g}  {shown:>10}  {lr:15.4g}")
        if self.interrupted:
            lines.append("interrupted")
        return "\n".join(lines)

    def plot(self) -> Panels:
        """Draws loss, accuracy and learning rate over the epochs.

        Returns:
            A picture that a notebook shows; `save("history.svg")` writes it to a file.
        """
        panels = []
        for i, colour in enumerate(("blue", "ochre", "pink")):
            name = Epoch._fields[i].replace("_", " ")
            plot = Plot("epoch", title=name, width=200, height=180)
            column = {n: row[i] for n, row in enumerate(self, 1) if row[i] is not None}
            if column:
                plot.line(column, column.values(), colour=colour)
            panels.append(plot)
        return Panels(*panels)


def spread(n: int, at_most: int = 11) -> list[int]:
    """Returns indices from the first to the last of n, spread over a short table."""
    if n <= at_most:
        return list(range(n))
    return [round(i * (n - 1) / (at_most - 1)) for i in range(at_most)]
