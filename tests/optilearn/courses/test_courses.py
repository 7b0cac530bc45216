"""Courses: who finds them, how they move on, and what is made of bad input."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from optilearn.core.models import AuditEntry
from optilearn.core.tenancy.context import tenant_context
from optilearn.courses.models import Course
from optilearn.enrollment.models import Enrollment
from optilearn.people.models import Person
from tests.support.client import call, token_of
from tests.support.twins import Twin

Twins = tuple[Twin, Twin]
COURSES = "/api/courses"


def ask(twin: Twin, name: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    status, answer = call(method, path, token=token_of(twin, name), body=body)
    return status, answer["data"] if status < 400 else answer["error"]


def made(twin: Twin, name: str = "tom", **values: Any) -> dict[str, Any]:
    status, data = ask(twin, name, "POST", COURSES, {"code": "C1", "title": "One"} | values)
    assert status == 201, data
    return dict(data)


def titles(twin: Twin, name: str, query: str = "") -> list[str]:
    status, data = ask(twin, name, "GET", f"{COURSES}?{query}")
    assert status == 200, data
    return [row["title"] for row in data]


class TestLife:
    def test_a_course_moves_onwards_only(self, twins: Twins) -> None:
        course = made(twins[0])
        path = f"{COURSES}/{course['id']}/status"
        assert course["status"] == "DRAFT"
        stamps = []
        for status in ("REVIEW", "PUBLISHED", "PUBLISHED", "ARCHIVED"):
            code, data = ask(twins[0], "tom", "POST", path, {"status": status})
            assert (code, data["status"]) == (200, status)
            stamps.append(data["publishedAt"])
        assert stamps[0] is None
        assert len(set(stamps[1:])) == 1
        code, error = ask(twins[0], "tom", "POST", path, {"status": "PUBLISHED"})
        assert (code, error["code"]) == (409, "CONFLICT")

    def test_every_change_is_audited(self, twins: Twins) -> None:
        course = made(twins[0])
        ask(twins[0], "tom", "PATCH", f"{COURSES}/{course['id']}", {"title": "Two"})
        with tenant_context(twins[0].id):
            rows = list(AuditEntry.objects.order_by("id"))
        assert [row.action for row in rows] == ["course.create", "course.update"]
        assert rows[1].details == {"fields": ["title"]}
        assert rows[1].actor_id == twins[0].people["tom"].pk

    def test_only_what_is_sent_is_changed(self, twins: Twins) -> None:
        course = made(twins[0], maxEnrollments=5, tags=["a", "b", "a"], category="Maths")
        assert course["tags"] == ["a", "b"]
        _, data = ask(
            twins[0], "tom", "PATCH", f"{COURSES}/{course['id']}", {"maxEnrollments": None}
        )
        assert data == course | {"maxEnrollments": None, "updatedAt": data["updatedAt"]}

    def test_a_price_is_exact(self, twins: Twins) -> None:
        course = made(twins[0], listPrice="1234567890.10", currency="INR")
        assert (course["listPrice"], course["currency"]) == (1234567890.1, "INR")
        with tenant_context(twins[0].id):
            assert str(Course.objects.get(pk=course["id"]).list_price) == "1234567890.10"

    def test_a_code_is_taken_once_in_each_institution(self, twins: Twins) -> None:
        made(twins[0])
        made(twins[1])
        status, error = ask(twins[0], "uma", "POST", COURSES, {"code": "C1", "title": "x"})
        assert (status, error["code"], error["details"][0]["path"]) == (409, "CONFLICT", "/code")

    def test_a_used_course_is_archived_not_deleted(self, twins: Twins) -> None:
        draft = made(twins[0])
        assert ask(twins[0], "tom", "DELETE", f"{COURSES}/{draft['id']}")[0] == 200
        assert ask(twins[0], "tom", "GET", f"{COURSES}/{draft['id']}")[0] == 404
        math = twins[0].courses["MATH"].pk
        with tenant_context(twins[0].id):
            Course.objects.filter(pk=math).update(published_at=None, status="DRAFT")
        assert ask(twins[0], "tom", "DELETE", f"{COURSES}/{math}")[0] == 409
        with tenant_context(twins[0].id):
            assert Enrollment.objects.filter(course_id=math).count() == 2

    @pytest.mark.parametrize(
        "values",
        [
            {"code": ""},
            {"title": "   "},
            {"startsOn": "2026-05-01", "endsOn": "2026-04-30"},
            {"listPrice": "10.00"},
            {"listPrice": "-1", "currency": "INR"},
            {"listPrice": "1.005", "currency": "INR"},
            {"currency": "rupees"},
            {"termId": 10**12},
            {"coverFileId": 10**12},
            {"maxEnrollments": -1},
            {"tags": ["x"] * 31},
            {"description": "x" * 200_001},
            {"status": "PUBLISHED"},
            {"institutionId": 2},
            {"title": "a\x00b"},
        ],
    )
    def test_bad_values_are_told_with_their_place(
        self, twins: Twins, values: dict[str, Any]
    ) -> None:
        body = {"code": "C9", "title": "Nine"} | values
        status, error = ask(twins[0], "tom", "POST", COURSES, body)
        assert (status, error["code"]) == (400, "VALIDATION_ERROR")
        with tenant_context(twins[0].id):
            assert not Course.objects.filter(code="C9").exists()

    def test_the_other_institutions_term_and_people_are_unknown(self, twins: Twins) -> None:
        north, south = twins
        with tenant_context(south.id):
            term = Course.objects.get(code="MATH").term_id
        status, _ = ask(north, "tom", "POST", COURSES, {"code": "x", "title": "x", "termId": term})
        assert status == 400
        path = f"{COURSES}/{north.courses['MATH'].pk}/co-teachers"
        body = {"personIds": [south.people["uma"].pk]}
        assert ask(north, "tom", "PUT", path, body)[0] == 400
        assert ask(north, "tom", "PUT", path, {"personIds": [north.people["lena"].pk]})[0] == 400

    def test_a_co_teacher_manages_too(self, twins: Twins) -> None:
        north, _ = twins
        path = f"{COURSES}/{north.courses['MATH'].pk}"
        assert ask(north, "uma", "PATCH", path, {"title": "x"})[0] == 403
        body = {"personIds": [north.people["uma"].pk, north.people["tom"].pk]}
        _, data = ask(north, "tom", "PUT", f"{path}/co-teachers", body)
        assert [person["name"] for person in data["coTeachers"]] == ["Uma"]
        assert ask(north, "uma", "PATCH", path, {"title": "x"})[0] == 200
        ask(north, "tom", "PUT", f"{path}/co-teachers", {"personIds": []})
        assert ask(north, "uma", "PATCH", path, {"title": "y"})[0] == 403


class TestPrerequisites:
    def test_a_circle_is_refused(self, twins: Twins) -> None:
        a, b, c = (made(twins[0], code=code)["id"] for code in "ABC")

        def require(course: int, *others: int) -> int:
            path = f"{COURSES}/{course}/prerequisites"
            return ask(twins[0], "tom", "PUT", path, {"courseIds": list(others)})[0]

        assert require(a, b) == 200
        assert require(b, c) == 200
        assert require(c, a) == 400
        assert require(a, a) == 400
        assert require(a) == 200
        assert require(c, a) == 200

    def test_they_are_listed_and_replaced(self, twins: Twins) -> None:
        a, b = made(twins[0], code="A")["id"], made(twins[0], code="B", title="Bee")["id"]
        path = f"{COURSES}/{a}/prerequisites"
        _, data = ask(twins[0], "tom", "PUT", path, {"courseIds": [b]})
        assert data["prerequisites"] == [{"id": b, "code": "B", "title": "Bee"}]
        assert ask(twins[0], "tom", "PUT", path, {"courseIds": [10**12]})[0] == 400


class TestFinding:
    def place(self, twin: Twin, name: str, class_id: str, section_id: str = "") -> None:
        with tenant_context(twin.id):
            Person.objects.filter(code=name).update(class_id=class_id, section_id=section_id)

    def test_drafts_are_invisible_to_students(self, twins: Twins) -> None:
        course = made(twins[0], title="Secret")
        assert "Secret" in titles(twins[0], "uma")
        for name in ("lena", "pia"):
            assert "Secret" not in titles(twins[0], name)
            assert ask(twins[0], name, "GET", f"{COURSES}/{course['id']}")[0] == 404
            assert ask(twins[0], name, "GET", f"{COURSES}/{course['id']}/outline")[0] == 404

    def test_a_target_shows_it_to_its_students_only(self, twins: Twins) -> None:
        north, _ = twins
        for name, class_id, section_id in (
            ("lena", "c8", "s8a"),
            ("मीरा", "c8", "s8b"),
            ("sven", "c9", ""),
        ):
            self.place(north, name, class_id, section_id)
        for wrong in ({"targetClassIds": ["c7", "c8"]}, {"targetSectionIds": ["S8A"]}):
            body = {"code": "W", "title": "W"} | wrong
            status, refusal = call("POST", COURSES, token=token_of(north, "tom"), body=body)
            assert status == 400
            (problem,) = refusal["error"]["details"]
            assert [problem["path"], problem["values"]] in (
                ["/targetClassIds", ["c7"]],
                ["/targetSectionIds", ["S8A"]],
            )
        for code, target in (
            ("K8", {"targetClassIds": ["c8"]}),
            ("S8B", {"targetSectionIds": ["s8b"]}),
            ("ANY", {"targetClassIds": ["c9"], "targetSectionIds": ["s8a"]}),
        ):
            course = made(north, code=code, title=code, **target)
            ask(north, "tom", "POST", f"{COURSES}/{course['id']}/status", {"status": "PUBLISHED"})
        everyone = ["Art for all", "Math for all"]
        assert titles(north, "lena") == sorted(["ANY", "K8", *everyone])
        assert titles(north, "मीरा") == sorted(["K8", "S8B", *everyone])
        assert titles(north, "sven") == sorted(["ANY", *everyone])
        assert titles(north, "pia") == everyone

    def test_titles_stand_in_the_order_of_the_alphabet(self, twins: Twins) -> None:
        for title in ("Zebra", "apple", "Banana", "banana split"):
            made(twins[0], code=title, title=title)
        wanted = ["apple", "Art for all", "Banana", "banana split", "Math for all", "Zebra"]
        for order, expected in (("title", wanted), ("-title", wanted[::-1])):
            _, rows = ask(twins[0], "tom", "GET", f"{COURSES}?order={order}")
            assert [row["title"] for row in rows] == expected

    def test_who_is_enrolled_reads_a_course_that_nobody_finds_any_more(self, twins: Twins) -> None:
        north, _ = twins
        key = north.courses["MATH"].pk
        paths = [f"{COURSES}/{key}", f"{COURSES}/{key}/outline"]
        for change in ({"status": "ARCHIVED"}, {"status": "PUBLISHED", "target_class_ids": ["9"]}):
            with tenant_context(north.id):
                Course.objects.filter(pk=key).update(**change)
            for path in [*paths, f"/api/learning/courses/{key}"]:
                assert ask(north, "lena", "GET", path)[0] == 200, path
            for path in paths:
                for name in ("sven", "pia"):
                    assert ask(north, name, "GET", path)[0] == 404
            assert "Math for all" not in titles(north, "lena")
        with tenant_context(north.id):
            Course.objects.filter(pk=key).update(status="DRAFT")
        assert ask(north, "lena", "GET", paths[0])[0] == 404

    def test_words_are_found_in_both_languages(self, twins: Twins) -> None:
        north, south = twins
        made(north, code="BIO-7", title="Living things", tags=["plants"])
        made(north, code="H1", title="पौधों का जीवन", description="<p>किताबें और कहानियाँ</p>")
        made(south, code="S", title="Living elsewhere")
        found = {
            "living": ["Living things"],
            "thing": ["Living things"],  # by its stem
            "livi": ["Living things"],  # by its beginning
            "BIO": ["Living things"],
            "plant": ["Living things"],
            "जीवन": ["पौधों का जीवन"],
            "किताब": ["पौधों का जीवन"],
            "things living": ["Living things"],
            "nowhere": [],
            "'": [],
            "\\": [],
        }
        for words, expected in found.items():
            for order in ("relevance", "title"):
                assert titles(north, "asha", f"q={_quoted(words)}&order={order}") == expected, words
        for words in ("a & | ! ( <-> :*", "%_", "<b>", "x" * 200, "\u200d", "'':* | x", " "):
            titles(north, "asha", f"q={_quoted(words)}&order=relevance")

    def test_filters_and_orders(self, twins: Twins) -> None:
        north, _ = twins
        made(north, code="Z", title="Zoo", category="Fun", tags=["x y"], startsOn="2027-01-01")
        assert titles(north, "asha", "category=Fun") == ["Zoo"]
        assert titles(north, "asha", "tag=x%20y") == ["Zoo"]
        assert titles(north, "asha", "status=DRAFT") == ["Zoo"]
        assert titles(north, "asha", "order=-title")[0] == "Zoo"
        assert titles(north, "asha", "order=-startsOn")[0] == "Zoo"
        assert titles(north, "tom", "mine=true") == ["Art for all", "Math for all", "Zoo"]
        assert titles(north, "asha", f"teacherId={north.people['uma'].pk}") == ["Art for all"]
        _, data = ask(north, "asha", "GET", f"{COURSES}/facets")
        assert {"value": "Fun", "count": 1} in data["categories"]
        assert data["tags"] == [{"value": "x y", "count": 1}]

    @pytest.mark.parametrize(
        "query",
        ["page=0", "perPage=101", "perPage=0", "order=id", "colour=red", "page=x", "q=%00",
         "teacherId=99999999999999999999", "mine=perhaps", "page=100001"],
    )  # fmt: skip
    def test_a_query_that_means_nothing_is_refused(self, twins: Twins, query: str) -> None:
        status, error = ask(twins[0], "asha", "GET", f"{COURSES}?{query}")
        assert (status, error["code"]) == (400, "VALIDATION_ERROR")

    def test_pages_say_where_they_stand(self, twins: Twins) -> None:
        for number in range(5):
            made(twins[0], code=f"P{number}", title=f"P{number}")
        token = token_of(twins[0], "asha")
        _, body = call("GET", f"{COURSES}?perPage=3&page=3", token=token)
        assert body["meta"] == {"total": 7, "page": 3, "perPage": 3, "totalPages": 3}
        assert [row["code"] for row in body["data"]] == ["P4"]

    @pytest.mark.parametrize("name", ["asha", "tom", "lena"])
    def test_a_list_costs_the_same_at_any_size(self, twins: Twins, name: str) -> None:
        counts = []
        for number in (0, 12):
            for each in range(number):
                course = made(twins[0], code=f"Q{each}", tags=["t"])
                path = f"{COURSES}/{course['id']}/status"
                ask(twins[0], "tom", "POST", path, {"status": "PUBLISHED"})
            titles(twins[0], name)  # the door remembers institutions for a while
            with CaptureQueriesContext(connection) as queries:
                rows = titles(twins[0], name, "perPage=100")
            counts.append(len(queries))
        assert len(rows) == 14
        assert counts[0] == counts[1] <= 5, [q["sql"][-90:] for q in queries]


def _quoted(words: str) -> str:
    from urllib.parse import quote

    return quote(words)
