"""Parts of a definition in words, as differences and notes say them."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from optilearn.analytics.saved import phrases
from optilearn.analytics.saved.labels import Labels
from reports.api import product_catalog

HOURS = {"field": "submittedAt", "bucket": "hourOfDay"}
LATE = {"field": "isLate", "op": "eq", "value": True}


@pytest.mark.parametrize(
    ("phrase", "value", "english", "hindi"),
    [
        (phrases.time, HOURS, "(hour of the day)", "(दिन का घंटा)"),
        (phrases.condition, LATE, " is yes", "हाँ"),
        (phrases.compared, {"to": "previousYear"}, "previous year", "पिछला वर्ष"),
        (phrases.compared, {"to": "snapshot", "snapshot": "s1"}, "snapshot s1", "स्नैपशॉट s1"),
    ],
)
def test_codes_are_words(phrase: phrases.Phrase, value: Any, english: str, hindi: str) -> None:
    labels = Labels(product_catalog(()), "submissions")
    assert english in phrases.said(phrase, value, labels)
    with translation.override("hi"):
        assert hindi in phrases.said(phrase, value, labels)
