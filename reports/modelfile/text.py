"""From the text of a catalog file to plain values: YAML, without its surprises."""

from __future__ import annotations

import re
from typing import Final

import yaml

from reports.errors import CatalogFileInvalid, Problem

_MAX_CHARACTERS: Final = 2_000_000
_MAX_VALUES: Final = 500_000
"""Values in a file, those behind an alias counted each time that they are used."""
_MAX_MERGED: Final = 20_000
_MAX_BITS: Final = 10_000
_BOOLEAN: Final = "tag:yaml.org,2002:bool"


class _Loader(yaml.SafeLoader):
    """Refuses a key that stands twice: the first would be lost without a word.

    Only ``true`` and ``false`` are booleans: ``no`` is a good name for a field, and a country.
    """

    def __init__(self, stream: str) -> None:
        super().__init__(stream)
        self._flattened: set[int] = set()

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Called for each mapping before it is made, or merged into another."""
        if id(node) in self._flattened:  # what was merged into it may stand twice
            return
        self._flattened.add(id(node))
        seen: set[str] = set()
        for key_node, _value in node.value:
            key = str(key_node.value)
            if key in seen:
                raise yaml.MarkedYAMLError(
                    problem=f"the key {key} stands twice", problem_mark=key_node.start_mark
                )
            seen.add(key)
        super().flatten_mapping(node)
        if len(node.value) > _MAX_MERGED:
            raise yaml.MarkedYAMLError(
                problem="too much is merged here", problem_mark=node.start_mark
            )


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != _BOOLEAN]
    for first, pairs in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
_Loader.add_implicit_resolver(
    _BOOLEAN, re.compile(r"(?:true|True|TRUE|false|False|FALSE)\Z"), list("tTfF")
)


def parsed(text: str) -> object:
    """The document in ``text``.

    Raises :class:`~reports.errors.CatalogFileInvalid`.
    """
    if len(text) > _MAX_CHARACTERS:
        raise _unreadable(f"It is longer than {_MAX_CHARACTERS} characters.")
    try:
        found: object = yaml.load(text, _Loader)  # noqa: S506 - the safe one, and stricter
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = f" (line {mark.line + 1}, column {mark.column + 1})" if mark else ""
        raise _unreadable(f"It is not YAML: {error.problem}{place}.") from error
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unreadable("It is not YAML.") from error
    except (LookupError, AttributeError, TypeError, OverflowError) as error:
        # What the parser raises for a value that isn't of the type it is tagged with.
        raise _unreadable("It is not YAML: a value doesn't fit its tag.") from error
    _check_size(found)
    return found


def _check_size(document: object) -> None:
    """Refuse what aliases make endless, or too large to be looked at."""
    stack = [document]
    count = 0
    while stack:
        here = stack.pop()
        count += 1
        if count > _MAX_VALUES:
            raise _unreadable(f"It has more than {_MAX_VALUES} values, or contains itself.")
        if isinstance(here, int) and here.bit_length() > _MAX_BITS:
            raise _unreadable("It has a number of more than 3,000 digits.")
        if isinstance(here, dict):
            stack.extend(here.values())
            stack.extend(here)
        elif isinstance(here, list | tuple):
            stack.extend(here)


def _unreadable(message: str) -> CatalogFileInvalid:
    return CatalogFileInvalid([Problem("NOT_YAML", "", f"The catalog can't be read. {message}")])
