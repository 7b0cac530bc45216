"""A question in words, in the language of whoever asks."""

from __future__ import annotations

from typing import Any

from tests.support.client import call, token_of
from tests.support.twins import Twin

QUESTION: dict[str, Any] = {
    "version": 1,
    "entity": "enrollments",
    "mode": "categorical",
    "dimensions": ["course.code"],
    "measures": [
        "enrollments.count",
        {"key": "trend", "calc": "runningTotal", "of": "enrollments.count"},
    ],
    "filters": [
        {"field": "status", "op": "in", "value": ["ACTIVE", "COMPLETED"]},
        {"field": "enrolledOn", "op": "inLast", "value": {"n": 3, "unit": "month"}},
    ],
    "sort": [{"by": "enrollments.count", "dir": "desc"}],
    "limit": 5,
    "totals": "grand",
}


def words(twin: Twin, language: str, **changes: Any) -> tuple[int, Any]:
    status, body = call(
        "POST",
        "/api/analytics/reports/explain",
        token=token_of(twin, "asha"),
        body={"definition": QUESTION | changes},
        **{"Accept-Language": language},
    )
    return status, body["data"]["words"] if status == 200 else body["error"]


def test_in_english(twins: tuple[Twin, Twin]) -> None:
    assert words(twins[0], "en")[1] == [
        "Enrollments, Trend by course code.",
        "Trend is added up row by row.",
        "Only where Status is one of Active, Completed and Enrolled on is in the last 3 months.",
        "Ordered by Enrollments (falling).",
        "At most 5 rows.",
        "With a grand total, computed over all rows.",
    ]


def test_in_hindi(twins: tuple[Twin, Twin]) -> None:
    assert words(twins[0], "hi")[1] == [
        "पाठ्यक्रम: कोड के अनुसार नामांकन, Trend।",
        "Trend पंक्ति दर पंक्ति जुड़ता है।",
        "केवल वहाँ जहाँ स्थिति इनमें से एक है: सक्रिय, पूर्ण और नामांकन तिथि पिछले 3 महीने में है।",
        "क्रम: नामांकन (घटते क्रम में)।",
        "अधिकतम 5 पंक्तियाँ।",
        "कुल योग सहित, जो सभी पंक्तियों पर निकाला जाता है।",
    ]


def test_a_condition_on_a_metric_has_its_own_filters(twins: tuple[Twin, Twin]) -> None:
    graded = {"field": "status", "op": "eq", "value": "GRADED"}
    metric = {"metric": "submissions.count", "filters": [graded], "op": "gt", "value": 3}
    assert words(twins[0], "en", filters=[metric])[1][2] == (
        "Only where Submissions (Status is Graded) is more than 3."
    )


def test_a_refusal_in_hindi(twins: tuple[Twin, Twin]) -> None:
    status, error = words(twins[0], "hi", totals="all")
    assert status == 422
    assert error["details"][0]["message"].endswith("ज्ञात मान नहीं है।")
    assert error["details"][0]["hint"] == "इनमें से एक: none, grand, subtotals।"


def test_no_code_is_left_in_a_sentence(twins: tuple[Twin, Twin]) -> None:
    asked: dict[str, Any] = {
        "entity": "submissions",
        "mode": "temporal",
        "dimensions": [],
        "time": {"field": "submittedAt", "bucket": "hourOfDay"},
        "measures": ["submissions.count"],
        "filters": [{"field": "isLate", "op": "eq", "value": True}],
        "sort": [{"by": "submittedAt", "dir": "desc"}],
        "limit": None,
        "totals": "none",
    }
    english, hindi = (" ".join(words(twins[0], one, **asked)[1]) for one in ("en", "hi"))
    assert "by hour of the day of" in english
    assert "Hour of the day (falling)" in english or "hour of the day (falling)" in english
    assert " is yes." in english
    assert "दिन का घंटा" in hindi
    assert "हाँ" in hindi
    assert not any(code in text for text in (english, hindi) for code in ("true", "hourOfDay"))
