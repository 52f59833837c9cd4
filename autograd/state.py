"""The parameters of a model by name, and on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from autograd.grad import ValueNode
from autograd.rules import number

FORMAT = "autograd-engine parameters, version 1"


def named_parameters(part: Any, name: str = "") -> Iterator[tuple[str, ValueNode]]:
    """Yields (name, parameter) for every node that a module holds, such as `layers.0.neurons.3.bias`."""
    if isinstance(part, ValueNode):
        yield name, part
        return
    pieces: Mapping[Any, Any] = {}
    if hasattr(part, "parameters"):
        pieces = vars(part)
    elif isinstance(part, Mapping):
        pieces = part
    elif isinstance(part, list | tuple):
        pieces = dict(enumerate(part))
    for key, piece in pieces.items():
        yield from named_parameters(piece, f"{name}.{key}" if name else str(key))


def state_dict(module: Any) -> dict[str, float]:
    """Returns the value of every parameter by its name."""
    return {name: parameter.value for name, parameter in named_parameters(module)}


def load_state_dict(module: Any, state: Mapping[str, float]) -> None:
    """Gives every parameter of a module the value that the state holds for its name, or changes nothing.

    Raises:
        ValueError: the names in the state are not those of the module.
        TypeError: a value is not a number.
    """
    parameters = dict(named_parameters(module))
    missing = [name for name in parameters if name not in state]
    unknown = [name for name in state if name not in parameters]
    if missing or unknown:
        which = f"has no value for {missing[0]!r}" if missing else f"holds {unknown[0]!r} beyond the model"
        raise ValueError(
            f"the state {which}: it has {len(state)} values for a model of {len(parameters)} parameters; "
            "build the model in the shape that was saved"
        )
    values = {name: number(state[name]) for name in parameters}
    for name, parameter in parameters.items():
        parameter.value = values[name]


def save(module: Any, path: str | os.PathLike[str]) -> None:
    """Writes the parameters of a module to a JSON file, whole or not at all."""
    path = Path(path)
    document = {"format": FORMAT, "module": type(module).__name__, "parameters": state_dict(module)}
    draft = path.with_name(path.name + ".part")  # a crash while writing must not cost the old file
    draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def load(module: Any, path: str | os.PathLike[str]) -> None:
    """Reads parameters that `save` wrote into a module of the same shape, or changes nothing.

    Raises:
        ValueError: the file is damaged, is no such file, or holds the parameters of another shape.
    """
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as error:  # broken JSON, or bytes that are no text
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(f"{path} was not written by save(): it does not say {FORMAT!r}")
    if not isinstance(document.get("parameters"), dict):
        raise ValueError(f"{path} is damaged: it holds no parameters")
    try:
        load_state_dict(module, document["parameters"])
    except (TypeError, ValueError) as error:
        raise ValueError(f"{path} does not fit this {type(module).__name__}: {error}") from None
