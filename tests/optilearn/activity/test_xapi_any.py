"""Whatever is sent as a statement is judged, never a fault."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optilearn.activity.xapi.format.statements import StatementError, read_statement

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
    ),
    max_leaves=9,
)


@given(
    st.dictionaries(
        st.sampled_from(sorted(["id", "actor", "verb", "object", "result", "timestamp"])), JSON
    )
)
def test_any_json_is_judged(raw: dict[str, Any]) -> None:
    with pytest.raises(StatementError):
        read_statement(msgspec.json.encode(raw), "north")
