"""JSON from outside: a value, or a ``ValueError``."""

from __future__ import annotations

from typing import Any

import pytest

from optilearn.core.jsontext import read_json


@pytest.mark.parametrize(
    "text",
    [b"", b"{", b"\xff", b'{"a":"\xff"}', b'{"\xff":1}', b'"\\ud800"', '"\udcff"', b'"\x00"',
     b"NaN", b"[" * 100_000, b'{"a":' * 100_000],
)  # fmt: skip
def test_what_is_no_json(text: bytes | str) -> None:
    with pytest.raises(ValueError):
        read_json(text)


@pytest.mark.parametrize(("text", "value"), [(b'{"a":[1,null]}', {"a": [1, None]}), ('"प"', "प")])
def test_what_is(text: bytes | str, value: Any) -> None:
    assert read_json(text) == value


def test_another_kind() -> None:
    assert read_json(b"[1]", list[int]) == [1]
    with pytest.raises(ValueError):
        read_json(b'["x"]', list[int])
