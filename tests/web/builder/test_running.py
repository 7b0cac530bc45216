"""Answers to the builder's scripts: chart, table, facts; the rows behind a number; values."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any
from urllib.parse import quote

import pytest

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from tests.optilearn.analytics.saving import TO_ALL, saved
from tests.optilearn.more_snapshots import another
from tests.support.twins import Twin
from tests.web.builder.asking import BY_COURSE, BY_STUDENT, client_of, data, page, post

Twins = tuple[Twin, Twin]


def run(twin: Twin, person: str = "asha", definition: Any = BY_COURSE, **display: Any) -> Any:
    return data(post(twin, person, "/run/report", definition=definition, display=display))


def words(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def test_an_answer_has_its_chart_its_table_and_its_facts(twins: Twins) -> None:
    found = run(twins[0])
    assert (found["chart"], found["suggested"]) == ("bar", "bar")
    assert {"key": "bar", "label": "Bars"} in found["charts"]
    assert found["reason"] == "Bars compare groups at a glance."
    assert found["figure"]["data"][0]["y"] == [2]
    assert found["summary"].startswith("Enrollments by course code")
    assert words(found["html"]) == "Course code Enrollments MATH 2"
    assert re.match(r"1 row · [\d.]+ (ms|s) · data as of ", words(found["facts"]))
    assert 'data-measure="enrollments.count"' in found["html"]


def test_the_reader_chooses_chart_and_ground(twins: Twins) -> None:
    found = run(twins[0], chart={"type": "pie"}, theme="dark")
    assert found["figure"]["data"][0]["type"] == "pie"
    assert found["figure"]["layout"]["template"]["layout"]["paper_bgcolor"] == "#181b1a"
    unfit = run(twins[0], chart={"type": "line"})
    assert unfit["figure"] is None
    assert "A line needs an order" in words(unfit["html"])
    assert "MATH 2" in words(unfit["html"])


def test_totals_stand_below_their_groups(twins: Twins) -> None:
    rows = re.findall(r"<tr data-groups.*?</tr>", run(twins[0], definition=BY_STUDENT)["html"])
    texts = [words(row) for row in rows]
    assert [text.split()[0] for text in texts] == ["MATH", "MATH", "Total", "Total"]
    assert texts[2].startswith("Total MATH")
    assert json.loads(unescape(re.findall(r'data-groups="(.*?)"', rows[2])[0])) == ["MATH"]
    torn = {**BY_STUDENT, "dimensions": ["student.name", "course.code"]}
    assert words(run(twins[0], definition=torn)["html"]).count("Total") == 3


def test_compared_numbers_stand_beside_each(twins: Twins) -> None:
    time = {"field": "submittedOn", "op": "inLast", "value": {"n": 52, "unit": "week"}}
    definition = BY_STUDENT | {"filters": [time], "compare": {"to": "previousYear"}}
    html = run(twins[0], definition=definition)["html"]
    assert words(html).count("Previous year") >= 3
    assert "minor" in html


def test_a_hidden_number_says_why(twins: Twins) -> None:
    north, _ = twins
    another(north, "careful", min_group_size=3)
    found = run(north)
    assert "—" in found["html"]
    assert "too few people" in words(found["html"])
    assert "data-measure" not in found["html"]


def test_everybody_counts_their_own_rows(twins: Twins) -> None:
    assert "MATH 2" in words(run(twins[0], "tom")["html"])
    assert "No rows" in words(run(twins[0], "uma")["html"])
    assert "your courses" in words(run(twins[0], "tom")["facts"])


def test_a_refusal_names_its_place(twins: Twins) -> None:
    wrong = BY_COURSE | {"measures": ["enrollments.cuont"]}
    status, body = post(twins[0], "asha", "/run/report", definition=wrong)
    assert (status, body["error"]["code"]) == (422, "REPORT_INVALID")
    assert body["error"]["details"][0]["path"] == "/measures/0"
    for sent in ({}, {"definition": BY_COURSE, "reportId": 1}, {"definition": [], "x": 1}):
        assert post(twins[0], "asha", "/run/report", **sent)[0] == 400
    assert post(twins[0], "lena", "/run/report", definition=BY_COURSE)[0] == 403
    assert client_of(twins[0], "asha", "application/json").post("/run/drill").status_code == 400


def test_markup_in_the_data_is_text(twins: Twins) -> None:
    definition = BY_COURSE | {
        "measures": [{"key": "<img src=x>", "field": "id", "agg": "count"}],
    }
    html = run(twins[0], definition=definition)["html"]
    assert "<img" not in html


def test_a_report_lies_across(twins: Twins) -> None:
    definition = BY_STUDENT | {"totals": "none", "measures": ["submissions.count"]}
    html = run(twins[0], definition=definition, pivot=True)["html"]
    assert 'data-testid="pivot"' in html
    assert 'data-row="' in html
    assert words(html).count("Total") == 2
    assert 'data-testid="pivot"' not in run(twins[0], pivot=True)["html"]


PROOFS = {
    "submissions.count": r"\d rows = \d\.",
    "submissions.avgScore": r"Average of .* over \d rows = [\d.]+\.",
    "submissions.lateRate": r"\d of \d rows are counted: [\d.]+.%\.",
}


@pytest.mark.parametrize("measure", BY_STUDENT["measures"])
def test_the_rows_behind_a_number_prove_it(twins: Twins, measure: str) -> None:
    sent = {"definition": BY_STUDENT, "cell": {"measure": measure, "row": ["MATH"]}}
    html = data(post(twins[0], "asha", "/run/drill", **sent))["html"]
    proof = words(re.findall(r'data-testid="proof">(.*?)</p>', html, re.DOTALL)[0])
    assert re.fullmatch(PROOFS[measure], proof), proof
    assert "Course code: MATH" in words(html)


HINDI = {"Accept-Language": "hi"}


@pytest.mark.parametrize(
    ("measure", "text"),
    [
        ("enrollments.count", "सक्रिय 2"),
        ({"key": "last", "field": "status", "agg": "max"}, "सक्रिय सक्रिय"),
        ({"key": "all", "field": "status", "agg": "listDistinct"}, "सक्रिय सक्रिय"),
    ],
)
def test_codes_are_words_in_the_readers_language(twins: Twins, measure: Any, text: str) -> None:
    definition = BY_COURSE | {"dimensions": ["status"], "measures": [measure]}
    found = data(post(twins[0], "asha", "/run/report", headers=HINDI, definition=definition))
    assert text in words(found["html"])


def test_codes_are_words_across_and_behind_a_number(twins: Twins) -> None:
    definition = BY_COURSE | {"dimensions": ["course.code", "status"]}
    sent = {"definition": definition, "display": {"pivot": True}}
    across = words(data(post(twins[0], "asha", "/run/report", headers=HINDI, **sent))["html"])
    assert "सक्रिय" in across
    cell = {"measure": "enrollments.count", "row": ["MATH", "ACTIVE"]}
    sent = {"definition": definition, "cell": cell}
    behind = words(data(post(twins[0], "asha", "/run/drill", headers=HINDI, **sent))["html"])
    assert behind.count("सक्रिय") == 3  # the group, and its two rows
    assert "ACTIVE" not in across + behind
    assert "Student" not in behind
    english = words(data(post(twins[0], "asha", "/run/drill", **sent))["html"])
    assert english.count("Active") >= 3
    assert "ACTIVE" not in english


def test_people_behind_a_number_are_linked_for_administrators(twins: Twins) -> None:
    cell = {"measure": "submissions.count", "row": ["MATH"]}
    sent = {"definition": BY_STUDENT, "cell": cell}
    html = data(post(twins[0], "asha", "/run/drill", **sent))["html"]
    found = re.findall(r'<a href="/people/(\d+)">([^<]+)</a>', html)
    assert found
    for person, name in found:
        assert name in page(twins[0], "asha", f"/people/{person}")
    assert "/people/" not in data(post(twins[0], "tom", "/run/drill", **sent))["html"]
    learners = {**BY_COURSE, "entity": "students", "dimensions": [], "measures": ["students.count"]}
    sent = {"definition": learners, "cell": {"measure": "students.count", "row": []}}
    assert "/people/" in data(post(twins[0], "asha", "/run/drill", **sent))["html"]


def test_refusals_of_charts_speak_the_readers_language(twins: Twins) -> None:
    client = client_of(twins[0], "asha", "application/json", **{"Accept-Language": "hi"})
    body = {"definition": BY_COURSE, "display": {"chart": {"type": "line"}}}
    response = client.post("/run/report", json.dumps(body), content_type="application/json")
    assert "रेखा के लिए क्रम चाहिए" in response.json()["data"]["html"]


def test_nothing_is_drawn_of_no_rows(twins: Twins) -> None:
    nothing = [{"field": "course.code", "op": "eq", "value": "NONE"}]
    assert run(twins[0], definition=BY_COURSE | {"filters": nothing})["figure"] is None


def test_values_come_with_their_counts(twins: Twins) -> None:
    found = data(post(twins[0], "asha", "/run/values", entity="enrollments", path="course.code"))
    assert found == {"values": [{"value": "MATH", "label": "MATH", "count": "2"}], "more": 0}
    body = {"entity": "enrollments", "path": "student.name", "text": "len"}
    lena = data(post(twins[0], "asha", "/run/values", **body))
    assert ([v["value"] for v in lena["values"]], lena["more"]) == (["Lena"], 0)
    assert post(twins[0], "uma", "/run/values", **body)[1]["data"] == {"values": [], "more": 0}
    assert post(twins[0], "asha", "/run/values", entity="nothing", path="x")[0] == 404
    assert post(twins[0], "asha", "/run/values", entity="enrollments", path="x")[0] == 422


def test_a_saved_report_is_narrowed_and_noted(twins: Twins) -> None:
    north, south = twins
    item = saved(north, "asha", readerFilters=["course.code"], **TO_ALL)["id"]
    only = [{"field": "course.code", "op": "eq", "value": "ART"}]
    assert "MATH 2" in words(data(post(north, "tom", "/run/report", reportId=item))["html"])
    found = data(post(north, "tom", "/run/report", reportId=item, filters=only))
    assert "No rows" in words(found["html"])
    other = [{"field": "status", "op": "eq", "value": "ACTIVE"}]
    status, body = post(north, "tom", "/run/report", reportId=item, filters=other)
    assert (status, body["error"]["details"][0]["code"]) == (422, "FILTER_LOCKED")
    assert post(south, "tom", "/run/report", reportId=item)[0] == 404
    cell = {"measure": "enrollments.count", "row": ["MATH"]}
    drilled = data(post(north, "tom", "/run/drill", reportId=item, cell=cell))
    assert drilled["rows"] == 2
    with tenant_context(north.id):
        assert AuditEntry.objects.filter(details__savedItem=item).count() == 2


def test_without_a_script_the_answer_is_a_page(twins: Twins) -> None:
    text = page(twins[0], "asha", "/run/report?q=" + quote(json.dumps(BY_COURSE)))
    assert "MATH" in text
    assert "<textarea" in text
    assert "data-measure" not in text
    wrong = page(twins[0], "asha", "/run/report?q=" + quote('{"entity": "x"}'), 422)
    assert "entity" in words(wrong)
    assert "must be a JSON object" in words(page(twins[0], "asha", "/run/report?q=[", 400))


def test_values_beyond_the_first_are_counted_and_found_by_typing(
    twins: Twins, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = {"entity": "students", "path": "name"}
    names = {one["value"] for one in data(post(twins[0], "asha", "/run/values", **body))["values"]}
    monkeypatch.setattr("optilearn.analytics.presenting.values.MAX_VALUES", 1)
    first = data(post(twins[0], "asha", "/run/values", **body))
    assert (len(first["values"]), first["more"]) == (1, len(names) - 1)
    assert len(names) > 1
    for name in names:
        found = data(post(twins[0], "asha", "/run/values", **body, text=name.lower()))
        assert [one["value"] for one in found["values"]] == [name]
