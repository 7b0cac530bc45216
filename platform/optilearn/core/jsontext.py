"""JSON that somebody else wrote: a value, or one kind of error."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import msgspec

T = TypeVar("T")


@overload
def read_json(text: bytes | str | msgspec.Raw) -> Any: ...
@overload
def read_json(text: bytes | str | msgspec.Raw, kind: type[T]) -> T: ...
def read_json(text: bytes | str | msgspec.Raw, kind: Any = Any) -> Any:
    """Parse JSON text as ``kind``. Raises ``ValueError`` for everything else.

    msgspec itself raises ``DecodeError`` for a broken text, but ``UnicodeDecodeError`` for bytes
    that aren't UTF-8, ``UnicodeEncodeError`` for half surrogates, and ``RecursionError`` for
    what is nested too deeply.
    """
    try:
        return msgspec.json.decode(text, type=kind)  # noqa: TID251 - this is the one place
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
