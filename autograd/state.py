"""The parameters of a model by name, and on disk."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from numbers import Real
from pathlib import Path
from typing import Any

from autograd.grad import ValueNode
from autograd.rules import number

FORMAT = "autograd-engine parameters, version 1"


def named_parameters(module: Any) -> dict[str, ValueNode]:
    """Finds every leaf that a module holds, by names such as `layers.0.neurons.3.bias`.

    Raises:
        ValueError: `parameters()` lists a node for which no name was found.
    """
    named = dict(walk("", module, set()))
    nameless = len({*module.parameters()} - {*named.values()})
    if nameless:
        raise ValueError(
            f"{nameless} of the parameters of this {type(module).__name__} have no "
            "name: keep them in attributes of a Module, in lists there, or in dicts, "
            "under different names"
        )
    return named


def walk(name: str, part: Any, seen: set[int]) -> Iterator[tuple[str, ValueNode]]:
    """Yields (name, leaf) for every leaf in a part that is not in seen, by id."""
    if id(part) in seen:
        return
    seen.add(id(part))
    if isinstance(part, ValueNode):
        if not part.parents:  # a result that a module remembers is no parameter
            yield name, part
        return
    for key, piece in pieces_of(part).items():
        yield from walk(f"{name}.{key}" if name else str(key), piece, seen)


def pieces_of(part: Any) -> Mapping[Any, Any]:
    """Returns what stands in a module, a dict or a list; nothing for anything else."""
    if hasattr(part, "parameters"):
        return dict(getattr(part, "__dict__", {}))
    if isinstance(part, list | tuple):
        return dict(enumerate(part))
    return part if isinstance(part, Mapping) else {}


def state_dict(module: Any) -> dict[str, float]:
    """Returns the value of every parameter by its name."""
    return {name: number(node.value) for name, node in named_parameters(module).items()}


def load_state_dict(module: Any, state: Mapping[str, float]) -> None:
    """Gives every parameter the value of its name in the state, or changes nothing.

    Raises:
        ValueError: the names in the state are not those of the module.
        TypeError: a value is not a number.
    """
    parameters = named_parameters(module)
    missing = [name for name in parameters if name not in state]
    unknown = [name for name in state if name not in parameters]
    if missing or unknown:
        if missing:
            which = f"no value for {missing[0]!r}"
        else:
            which = f"a value for {unknown[0]!r} too"
        raise ValueError(
            f"the state holds {which}: it has {len(state)} values for a model of "
            f"{len(parameters)} parameters; build the model in the shape that was saved"
        )
    values = {name: value_at(name, state) for name in parameters}
    for name, parameter in parameters.items():
        parameter.value = values[name]


def value_at(name: str, state: Mapping[str, Any]) -> float:
    """Returns the number that the state holds for a name; true and false are none."""
    x = state[name]
    if isinstance(x, bool) or not isinstance(x, Real):
        raise TypeError(f"the value of {name!r} is not a number: {x!r}")
    return number(x)


def save(module: Any, path: str | os.PathLike[str]) -> None:
    """Writes the parameters of a module to a JSON file, whole or not at all."""
    path = Path(path)
    kind, values = type(module).__name__, state_dict(module)
    document = {"format": FORMAT, "module": kind, "parameters": values}
    draft = path.with_name(path.name + ".part")
    try:  # whatever happens here must not cost the file that was there before
        draft.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def load(module: Any, path: str | os.PathLike[str]) -> None:
    """Reads what `save` wrote into a module of the same shape, or changes nothing.

    Raises:
        ValueError: the file is damaged, is none of ours, or is of another shape.
        OSError: there is no file, or it cannot be read.
    """
    path = Path(path)
    values = read(path)
    try:
        load_state_dict(module, values)
    except (TypeError, ValueError, OverflowError) as error:
        kind = type(module).__name__
        raise ValueError(f"{path} does not fit this {kind}: {error}") from None


def read(path: Path) -> dict[str, Any]:
    """Returns the parameters in a file of ours; any other file is a ValueError."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        # broken JSON, or bytes that are no text
        raise ValueError(f"{path} is damaged: {error}") from None
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ValueError(
            f"{path} was not written by save(): it does not say {FORMAT!r}"
        )
    parameters = document.get("parameters")
    if not isinstance(parameters, dict):
        raise ValueError(f"{path} is damaged: it holds no parameters")
    return parameters
