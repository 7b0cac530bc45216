"""Titles, names and codes of characters that nobody sees."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from optilearn.core.text import INVISIBLE, Visible, VisibleCode, code_of
from optilearn.files.naming import clean_name

TITLE: TypeAdapter[str] = TypeAdapter(Visible)
CODE: TypeAdapter[str] = TypeAdapter(VisibleCode)
unseen = st.text(st.sampled_from(INVISIBLE + " \t\u3000\u3164\u115f\u2800"), max_size=8)


@given(unseen)
def test_what_nobody_sees_is_no_title_code_or_file_name(text: str) -> None:
    for adapter in (TITLE, CODE):
        with pytest.raises(ValidationError) as caught:
            adapter.validate_python(text)
        assert caught.value.errors()[0]["type"] == "string_too_short"
    assert clean_name(text) == ""
    assert clean_name(f"\u200b{text}.pdf") == ""


@given(st.sampled_from(["BIO-1", "गणित", "é1", "क़"]), st.sampled_from(INVISIBLE), st.integers(0, 4))
def test_codes_that_look_the_same_are_one(code: str, mark: str, place: int) -> None:
    assert CODE.validate_python(code[:place] + mark + code[place:]) == code_of(code)


@pytest.mark.parametrize("title", ["क्\u200dष", "👩\u200d🔬", "می\u200cخواهم", "1", "-"])
def test_titles_keep_the_joiners_that_their_scripts_need(title: str) -> None:
    assert TITLE.validate_python(title) == title
