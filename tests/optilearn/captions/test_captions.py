"""Captions of lessons over HTTP: stored, judged, read, searched."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings
from django.test import Client

from optilearn.core import clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode
from optilearn.core.tenancy.context import tenant_context
from optilearn.core.text import comparable
from optilearn.courses.captions import selectors
from optilearn.courses.captions.format.webvtt import MESSAGES
from optilearn.courses.models import Caption, Course, Lesson
from optilearn.courses.providers import check_may_open_lesson
from optilearn.files.models import File
from optilearn.files.services import sweep_orphans
from optilearn.files.stores import store
from tests.support.client import bearer, call, token_of
from tests.support.twins import Twin

VTT = """WEBVTT

1
00:00:01.000 --> 00:00:03.500 align:start
<v Rao>Plants &amp; light</v>

2
00:00:04.000 --> 00:00:06.000
<b>प्रकाश</b> संश्लेषण
क्या है?
"""


@pytest.fixture
def north(
    twins: tuple[Twin, Twin], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Twin]:
    monkeypatch.setattr(settings, "FILES_URL", (tmp_path / "files").as_uri())
    with tenant_context(twins[0].id):
        yield twins[0]


@pytest.fixture
def lesson(north: Twin) -> int:
    return Lesson.objects.get(course=north.courses["MATH"]).pk


class Captions:
    """Somebody at a lesson's captions."""

    def __init__(self, twin: Twin, name: str, lesson_id: int) -> None:
        self.twin, self.name = twin, name
        self.path = f"/api/lessons/{lesson_id}"

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        return call(method, self.path + path, token=token_of(self.twin, self.name), body=body)

    def put(self, text: str = VTT, language: str = "hi", **more: Any) -> tuple[int, dict[str, Any]]:
        return self.call("PUT", f"/captions/{language}", {"text": text} | more)

    def file(self, language: str = "hi", **headers: str) -> Any:
        sent = bearer(token_of(self.twin, self.name)) | headers
        return Client().get(f"{self.path}/captions/{language}", headers=sent)


def test_nul_is_shown_as_the_format_says_and_refused_elsewhere(tom: Captions) -> None:
    """WebVTT replaces it by U+FFFD; a label is text of ours, which keeps none."""
    status, body = tom.put("WEBVTT\n\n00:01.000 --> 00:02.000\nA\x00B\n")
    assert (status, body["data"]["problems"][0]["code"]) == (200, "NUL_CHARACTER")
    cues = tom.call("GET", "/transcript")[1]["data"]["cues"]
    assert [cue["text"] for cue in cues] == ["A\ufffdB"]
    assert tom.put(label="A\x00B")[0] == 400
    assert tom.put(**{"no\x00name": "x"})[0] == 400


@pytest.fixture
def tom(north: Twin, lesson: int) -> Captions:
    return Captions(north, "tom", lesson)


class TestStoring:
    def test_put_list_read_delete(self, tom: Captions) -> None:
        status, body = tom.put(label="हिन्दी")
        assert status == 200
        assert (body["data"]["language"], body["data"]["cueCount"]) == ("hi", 2)
        assert body["data"]["problems"] == []
        _, body = tom.call("GET", "/captions")
        assert [(c["language"], c["label"]) for c in body["data"]] == [("hi", "हिन्दी")]
        answer = tom.file()
        assert answer.content.decode() == VTT
        assert answer["Content-Type"] == "text/vtt; charset=utf-8"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert tom.file(**{"If-None-Match": answer["ETag"]}).status_code == 304
        assert tom.call("DELETE", "/captions/hi")[0] == 200
        assert tom.call("DELETE", "/captions/hi")[0] == 404
        assert tom.call("GET", "/captions")[1]["data"] == []

    @pytest.mark.parametrize(
        "text", ["\ufeff" + VTT, VTT.replace("\n", "\r\n"), VTT.replace("\n", "\r")]
    )
    def test_marks_and_line_ends(self, tom: Captions, text: str) -> None:
        status, body = tom.put(text)
        assert (status, body["data"]["cueCount"], body["data"]["problems"]) == (200, 2, [])
        assert tom.file().content.decode() == text

    def test_broken_cues_are_reported_and_the_rest_is_taken(self, tom: Captions) -> None:
        status, body = tom.put(VTT + "\n00:00:07.000 -> 00:00:08.000\nlost\n\n0:09 --> x\nlost\n")
        assert (status, body["data"]["cueCount"]) == (200, 2)
        found = [(p["line"], p["column"], p["code"]) for p in body["data"]["problems"]]
        assert found == [(12, 1, "NO_TIMINGS"), (15, 5, "BAD_TIMINGS")]
        assert all(p["message"] in MESSAGES.values() for p in body["data"]["problems"])

    @pytest.mark.parametrize(
        ("text", "code"),
        [
            ("", "NOT_WEBVTT"),
            ("0:00:01.000,0:00:02.000\nSubViewer\n", "NOT_WEBVTT"),
            ("\ufeff\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nx", "NOT_WEBVTT"),
            ("WEBVTT\n\nNOTE nothing else", "NO_CUES"),
            ("WEBVTT\n\n00:00:01,000 --> 00:00:02,000\nx", "NO_CUES"),
        ],
    )
    def test_refused_only_without_any_cue(self, tom: Captions, text: str, code: str) -> None:
        status, body = tom.put(text)
        assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")
        assert code in [p["code"] for p in body["error"]["details"]]
        assert not Caption.objects.exists()
        assert not File.objects.exists()

    def test_two_megabytes_and_more(self, tom: Captions) -> None:
        head = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
        size = 2 * 1024**2 - len(head)
        assert tom.put(head + "x" * size)[0] == 200
        assert tom.put(head + "x" * (size + 1))[0] == 400
        hindi = "क" * (size // 3 + 1)
        assert tom.put(head + hindi)[0] == 400
        assert tom.put(head + hindi[:-2])[0] == 200

    def test_again_in_the_same_language(self, tom: Captions) -> None:
        tom.put()
        old = Caption.objects.get().file_id
        assert tom.put(VTT.replace("Rao", "Uma"), "HI")[0] == 200
        caption = Caption.objects.get()
        assert caption.file_id != old
        assert [File.objects.get(pk=i).is_kept for i in (old, caption.file_id)] == [False, True]
        with clock.frozen(clock.now() + timedelta(days=8)):
            assert sweep_orphans() == 1
        assert b"Uma" in tom.file().content

    def test_its_object_lies_where_captions_lie(self, tom: Captions, north: Twin) -> None:
        tom.put()
        row = File.objects.get()
        course, lesson = row.course_id, row.lesson_id
        assert row.key.startswith(f"lms/{north.id}/courses/{course}/lessons/{lesson}/captions/")
        assert store().head(row.key) is not None

    @pytest.mark.parametrize(
        ("tag", "canonical"),
        [("EN", "en"), ("hi-in", "hi-IN"), ("zh-hant-tw", "zh-Hant-TW"), ("es-419", "es-419")],
    )
    def test_languages(self, tom: Captions, tag: str, canonical: str) -> None:
        assert tom.put(language=tag)[1]["data"]["language"] == canonical

    @pytest.mark.parametrize(
        "tag", ["x", "हिन्दी", "english", "en_IN", "en-", "e1", "en-a.b", "en..vtt"]
    )
    def test_what_is_no_language(self, tom: Captions, tag: str) -> None:
        status, body = tom.put(language=quote(tag))
        assert (status, body["error"]["code"]) == (400, "VALIDATION_ERROR")

    @pytest.mark.parametrize(
        "body",
        [{}, {"text": None}, {"text": 1}, {"text": VTT, "x": 1}, {"text": VTT, "label": "a\nb"}],
    )
    def test_bodies_that_are_refused(self, tom: Captions, body: Any) -> None:
        assert tom.call("PUT", "/captions/hi", body)[0] == 400


class TestReading:
    def test_transcript(self, tom: Captions) -> None:
        tom.put()
        _, body = tom.call("GET", "/transcript?language=hi")
        assert body["data"]["cues"] == [
            {"start": 1.0, "end": 3.5, "text": "Plants & light"},
            {"start": 4.0, "end": 6.0, "text": "प्रकाश संश्लेषण\nक्या है?"},
        ]

    @pytest.mark.parametrize(
        ("words", "hits"),
        [("PLANTS", 1), ("plants & LIGHT", 1), ("प्रकाश संश्लेषण  क्या", 1), ("संश्लेषण", 1),
         ("light", 1), ("प्", 1), ("nowhere", 0), ("", 2), ("%", 0), ("<b>", 0), ("Rao", 0)],
    )  # fmt: skip
    def test_search(self, tom: Captions, words: str, hits: int) -> None:
        tom.put()
        status, body = tom.call("GET", f"/transcript?q={quote(words)}")
        assert (status, body["data"]["total"]) == (200, hits)

    def test_spellings_of_one_word_are_the_same(self) -> None:
        assert comparable("सड\u093cक") == comparable("स\u095cक")
        assert comparable("क्\u200dष") == comparable("क्ष")
        assert comparable("STRASSE") == comparable("straße")
        assert comparable("ＡＢＣ") == comparable("abc")
        assert comparable("İ") == comparable("i\u0307")

    def test_the_readers_own_language_comes_first(self, tom: Captions) -> None:
        assert tom.call("GET", "/transcript")[0] == 404
        tom.put(language="hi")
        assert tom.call("GET", "/transcript")[1]["data"]["language"] == "hi"
        tom.put(language="en-IN")
        tom.put(language="bn")
        _, body = tom.call("GET", "/transcript")
        assert (body["data"]["language"], body["data"]["languages"]) == (
            "en-IN",
            ["bn", "en-IN", "hi"],
        )
        assert tom.call("GET", "/transcript?language=ta")[0] == 404

    def test_a_list_costs_the_same_however_long(
        self, tom: Captions, north: Twin, lesson: int, django_assert_num_queries: Any
    ) -> None:
        for language in ("hi", "en", "ta"):
            tom.put(language=language)
            with django_assert_num_queries(2):
                selectors.caption_list(north.principal("tom"), lesson)


class TestWho:
    def test_managers_write_and_staff_read(self, north: Twin, tom: Captions, lesson: int) -> None:
        tom.put()
        for name, put, read in (("asha", 200, 200), ("uma", 403, 200), ("ada", 403, 200)):
            caller = Captions(north, name, lesson)
            assert caller.put()[0] == put, name
            assert caller.call("GET", "/captions")[0] == read
            assert caller.call("GET", "/transcript")[0] == read
        assert Captions(north, "uma", lesson).call("DELETE", "/captions/hi")[0] == 403

    def test_students_read_by_the_rule_of_enrollments(
        self, north: Twin, tom: Captions, lesson: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        tom.put("WEBVTT\n\n00:01.000 --> 00:00.000\nx\n\n00:02.000 --> 00:03.000\ny")
        monkeypatch.setattr(check_may_open_lesson, "_function", check_may_open_lesson._default)
        lena = Captions(north, "lena", lesson)
        assert lena.call("GET", "/captions")[0] == 404
        assert lena.put()[0] == 403
        asked = []

        def reader(principal: Principal, course_id: int, lesson_id: int) -> None:
            asked.append((principal.person_id, course_id, lesson_id))
            if principal.person_id != north.people["lena"].pk:
                raise AppError(ErrorCode.LESSON_LOCKED, "Later.", {"unlocksAt": None})

        check_may_open_lesson.set(reader)
        status, body = lena.call("GET", "/captions")
        assert (status, body["data"][0]["problems"]) == (200, None)
        assert lena.file().status_code == 200
        assert asked[0] == (north.people["lena"].pk, north.courses["MATH"].pk, lesson)
        status, body = Captions(north, "sven", lesson).call("GET", "/transcript")
        assert (status, body["error"]["code"]) == (403, "LESSON_LOCKED")

    def test_the_other_institution(
        self, twins: tuple[Twin, Twin], tom: Captions, lesson: int
    ) -> None:
        tom.put()
        stranger = Captions(twins[1], "asha", lesson)
        for method, path in (
            ("GET", "/captions"), ("PUT", "/captions/hi"), ("DELETE", "/captions/hi"),
            ("GET", "/transcript"),
        ):  # fmt: skip
            assert stranger.call(method, path, {"text": VTT} if method == "PUT" else None)[0] == 404
        assert stranger.file().status_code == 404

    @pytest.mark.parametrize("lesson_id", [0, 10**9, 2**63, 10**30])
    def test_no_such_lesson(self, north: Twin, lesson_id: int) -> None:
        asha = Captions(north, "asha", lesson_id)
        assert asha.put()[0] == 404
        assert asha.call("GET", "/captions")[0] == 404
        assert asha.call("GET", "/transcript")[0] == 404


def test_captions_do_not_depend_on_the_courses_state(tom: Captions) -> None:
    Course.objects.update(status="DRAFT")
    assert tom.put()[0] == 200


DISORDERED = """WEBVTT

00:00:05.000 --> 00:00:06.000
into sugar. Again

00:00:01.000 --> 00:00:03.000
Plants turn

00:00:09.000 --> 00:00:08.000
never shown

00:00:03.000 --> 00:00:05.000
light
"""


@pytest.mark.parametrize(
    ("q", "starts"),
    [
        ("", [1, 3, 5]),
        ("turn light into", [1, 3, 5]),
        ("TURN  LIGHT", [1, 3]),
        ("light", [3]),
        ("again", [5]),
        ("turn into", []),
        ("never", []),
    ],
)
def test_a_phrase_may_go_over_cues_which_stand_in_time(
    north: Twin, lesson: int, q: str, starts: list[int]
) -> None:
    tom = Captions(north, "tom", lesson)
    status, answer = tom.put(DISORDERED)
    assert (status, answer["data"]["cueCount"]) == (200, 3)
    assert "never shown" in " ".join(one["message"] for one in answer["data"]["problems"])
    found = tom.call("GET", f"/transcript?q={quote(q)}")[1]["data"]
    assert [cue["start"] for cue in found["cues"]] == starts


def test_a_copied_course_has_its_captions(north: Twin, lesson: int) -> None:
    tom = Captions(north, "tom", lesson)
    assert tom.put()[0] == 200
    course = north.courses["MATH"].pk
    path = f"/api/courses/{course}/copy"
    status, answer = call("POST", path, token=token_of(north, "tom"), body={"code": "MATH2"})
    assert status == 201, answer
    copied = Lesson.objects.get(course_id=answer["data"]["id"])
    assert Captions(north, "tom", copied.pk).file().content == tom.file().content


def test_srt_is_stored_as_webvtt_and_rolling_lines_are_found_once(north: Twin, lesson: int) -> None:
    tom = Captions(north, "tom", lesson)
    texts = ["plants need", "plants need\nlight to grow", "light to grow\nand water"]
    srt = "".join(
        f"{n}\n00:00:0{n},000 --> 00:00:0{n + 1},000\n{text}\n\n" for n, text in enumerate(texts)
    )
    status, body = tom.put(srt, "en")
    assert (status, body["data"]["cueCount"], body["data"]["problems"]) == (200, 3, [])
    assert tom.file("en").content.startswith(b"WEBVTT\n\n00:00:00.000 --> ")
    for q, wanted in (
        ("", ["plants need", "light to grow", "and water"]),
        ("light to grow", ["light to grow"]),
        ("need light", ["plants need", "light to grow"]),
    ):
        _, found = tom.call("GET", f"/transcript?language=en&q={quote(q)}")
        assert [cue["text"] for cue in found["data"]["cues"]] == wanted
