"""Reading the parts of a JSON document: types, bounds, unknown keys."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from reports.language.problems import MISSING, Problems, did_you_mean, one_of, pointer, shown

MAX_TEXT = 1_000


class Node:
    """An object of the definition, read key by key; what isn't as it should be is noted."""

    def __init__(self, raw: object, path: str, problems: Problems, known: Collection[str]) -> None:
        self.path = path
        self.problems = problems
        self.ok = isinstance(raw, Mapping)
        self.raw: Mapping[str, Any] = raw if isinstance(raw, Mapping) else {}
        if not self.ok:
            problems.add("WRONG_TYPE", path, f"Expected an object, not {shown(raw)}.")
        for key in list(self.raw)[: len(known) + 20]:
            if key not in known:
                problems.add(
                    "UNKNOWN_KEY",
                    pointer(path, key),
                    f"Unknown key {shown(key)}.",
                    did_you_mean(key, known),
                )

    def at(self, key: str) -> str:
        """The JSON pointer of a key."""
        return pointer(self.path, key)

    def has(self, key: str) -> bool:
        """Return True if the key is there (null counts as absent)."""
        return self.raw.get(key) is not None

    def get(self, key: str) -> object:
        """The raw value, None if absent."""
        return self.raw.get(key)

    def refuse(self, key: str, message: str, hint: str = "", code: str = "WRONG_TYPE") -> None:
        """Note a problem with the value of a key."""
        self.problems.add(code, self.at(key), message, hint)

    def text(self, key: str, *, needed: bool = False) -> str | None:
        """A text of at most :data:`MAX_TEXT` characters."""
        value = self.raw.get(key, MISSING)
        if value is MISSING or value is None:
            if needed and self.ok:
                self.refuse(key, f'The key "{key}" is required.', code="MISSING")
            return None
        return self.checked_text(value, self.at(key))

    def checked_text(self, value: object, path: str) -> str | None:
        """``value`` if it is a text of bearable length."""
        if not isinstance(value, str):
            self.problems.add("WRONG_TYPE", path, f"Expected a text, not {shown(value)}.")
        elif len(value) > MAX_TEXT:
            self.problems.add("TOO_LONG", path, f"This text is longer than {MAX_TEXT} characters.")
        elif "\x00" in value:
            self.problems.add("WRONG_TYPE", path, "This text has a NUL character in it.")
        elif any("\ud800" <= c <= "\udfff" for c in value):
            self.problems.add("WRONG_TYPE", path, "This text isn't valid Unicode.")
        else:
            return value
        return None

    def choice(self, key: str, options: Collection[str], default: str | None = None) -> str | None:
        """One of a few words."""
        value = self.raw.get(key)
        if value is None:
            if default is None and self.ok:
                self.refuse(key, f'The key "{key}" is required.', one_of(options), "MISSING")
            return default
        if not isinstance(value, str) or value not in options:
            hint = did_you_mean(value, options)
            self.refuse(key, f"Unknown value {shown(value)}.", hint, "UNKNOWN_VALUE")
            return None
        return value

    def integer(self, key: str, low: int, high: int, *, needed: bool = False) -> int | None:
        """A whole number between ``low`` and ``high``."""
        value = self.raw.get(key)
        if value is None:
            if needed and self.ok:
                self.refuse(key, f'The key "{key}" is required.', code="MISSING")
            return None
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(key, f"Expected a whole number from {low} to {high}.")
            return None
        return value

    def items(self, key: str, maximum: int) -> list[Any]:
        """A list of at most ``maximum`` items; empty if absent."""
        value = self.raw.get(key)
        if value is None:
            return []
        if not isinstance(value, list | tuple):
            self.refuse(key, f"Expected a list, not {shown(value)}.")
            return []
        if len(value) > maximum:
            self.refuse(
                key, f"{len(value)} are too many; at most {maximum} can be given.", code="TOO_MANY"
            )
            return []
        return list(value)
