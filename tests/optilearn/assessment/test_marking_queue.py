"""Marking over HTTP: the queue, comments in texts, returned work, anonymous names."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from optilearn.assessment.events import SubmissionsReturned
from optilearn.assessment.models import Assignment, Submission
from optilearn.assessment.selectors import waiting_to_be_graded
from optilearn.core import events
from optilearn.core.plaintext import PREVIEW, plain_text, preview
from tests.support.assignments import Classroom, a_file, an_assignment, handed_in
from tests.support.twins import Twin

START = datetime(2026, 3, 1, 9, tzinfo=UTC)
DUE = START + timedelta(hours=2)


@pytest.fixture
def room(twins: tuple[Twin, Twin]) -> Classroom:
    return Classroom(twins[0], START)


@pytest.fixture
def essay(room: Classroom) -> Assignment:
    with room.inside():
        return an_assignment(
            room.twin, dueAt=DUE.isoformat(), submissionTypes=["TEXT", "FILE"], maxAttempts=1
        )


@pytest.fixture
def secret(room: Classroom) -> Assignment:
    with room.inside():
        return an_assignment(
            room.twin,
            isAnonymous=True,
            postsManually=True,
            submissionTypes=["TEXT", "FILE"],
        )


def hand_in(room: Classroom, essay: Assignment, who: str = "lena", **work: Any) -> Submission:
    with room.inside():
        return handed_in(room.twin, essay, who, **work)


def mark(room: Classroom, work: Submission, points: float, version: int = 0) -> Any:
    return room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=points, version=version)


def queue(room: Classroom, essay: Assignment, query: str = "") -> Any:
    return room.done("tom", "GET", f"assignments/{essay.pk}/submissions{query}")


def test_the_queue_has_each_students_newest_submission(room: Classroom, essay: Assignment) -> None:
    with room.inside():
        Assignment.objects.filter(pk=essay.pk).update(max_attempts=None)
    hand_in(room, essay, text="<p>First</p>")
    room.now += timedelta(minutes=1)
    other = hand_in(room, essay, "मीरा", text="<h1>मेरा</h1><p>निबंध " + "क" * 400 + "</p>")
    room.now = DUE + timedelta(seconds=1)
    newest = hand_in(room, essay, text="<p>Second &lt;b&gt;</p>")
    shown = queue(room, essay)
    assert [(one["id"], one["label"], one["attempts"]) for one in shown] == [
        (other.pk, "मीरा", 1),
        (newest.pk, "Lena", 2),
    ]
    assert shown[1]["preview"] == "Second <b>"
    assert len(shown[0]["preview"]) == 240
    assert shown[0]["preview"].startswith("मेरा निबंध")
    assert [one["id"] for one in queue(room, essay, "?late=true")] == [newest.pk]
    mark(room, other, 5)
    assert [one["id"] for one in queue(room, essay, "?ungraded=true")] == [newest.pk]
    assert [one["id"] for one in queue(room, essay, "?status=GRADED")] == [other.pk]
    assert queue(room, essay, "?page=2&perPage=1")[0]["id"] == newest.pk
    assert queue(room, essay, "?page=9") == []
    with room.inside():
        assert waiting_to_be_graded([room.course]) == {room.course: 1}


def test_the_queue_takes_the_same_statements_for_any_number(
    room: Classroom, essay: Assignment
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as seen:
            queue(room, essay)
        return sum("assessment_" in one["sql"] for one in seen)

    hand_in(room, essay)
    assert statements() == 2
    mark(room, hand_in(room, essay, "मीरा"), 4)
    assert statements() == 2


def test_a_mark_of_an_earlier_submission_leads_to_the_newest(
    room: Classroom, essay: Assignment
) -> None:
    with room.inside():
        Assignment.objects.filter(pk=essay.pk).update(max_attempts=None)
    first = hand_in(room, essay)
    room.now += timedelta(minutes=1)
    second = hand_in(room, essay)
    status, error = room.ask("tom", "PUT", f"submissions/{first.pk}/mark", points=1, version=0)
    assert (status, error["details"]) == (409, {"newestId": second.pk})
    status, error = room.ask("tom", "PUT", f"submissions/{second.pk}/mark", points=10.5, version=0)
    assert (status, error["details"][0]["path"]) == (400, "/points")
    assert room.ask("tom", "PUT", f"submissions/{second.pk}/mark", version=0)[0] == 400
    mark(room, second, 9)
    assert room.ask("asha", "PUT", f"submissions/{second.pk}/mark", points=1, version=0)[0] == 409


def test_lateness_that_was_set_by_hand_survives_a_second_mark(
    room: Classroom, essay: Assignment
) -> None:
    room.done("tom", "PATCH", f"courses/{room.course}/grading", latePercent=10)
    room.now = DUE + timedelta(hours=1)
    work = hand_in(room, essay)
    assert mark(room, work, 10)["grade"]["points"] == 9
    path = f"assignments/{essay.pk}/grades/{work.enrollment_id}"
    room.done("tom", "PUT", path, points=10, lateSeconds=0, version=1)
    assert mark(room, work, 8, version=2)["grade"]["points"] == 8


def test_returned_work_comes_once_more_even_at_the_limit(
    room: Classroom, essay: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[SubmissionsReturned] = []
    monkeypatch.setattr(events, "_handlers", {SubmissionsReturned: [heard.append]})
    work = hand_in(room, essay)
    path = f"learning/assignments/{essay.pk}/submissions"
    again = {"requestId": "again", "text": "<p>Better</p>"}
    assert room.ask("lena", "POST", path, **again)[0] == 409
    returned = room.done("tom", "POST", f"submissions/{work.pk}/return", comment="Sources?")
    assert (returned["status"], returned["returnComment"]) == ("RETURNED", "Sources?")
    assert heard == [SubmissionsReturned((work.pk,), "Sources?")]
    shown = room.done("lena", "GET", f"learning/assignments/{essay.pk}")
    assert (shown["attemptsLeft"], shown["submissions"][0]["returnComment"]) == (1, "Sources?")
    room.now += timedelta(minutes=1)
    assert room.ask("lena", "POST", path, **again)[0] == 201
    assert room.ask("lena", "POST", path, **again | {"requestId": "third"})[0] == 409
    assert room.ask("tom", "POST", f"submissions/{work.pk}/return", comment="x")[0] == 409


def test_comments_hang_on_the_passage_and_are_seen_with_the_grade(
    room: Classroom, essay: Assignment
) -> None:
    work = hand_in(room, essay, text="<p>यह 😀 मेरा</p><p>निबंध है.</p>")
    path = f"submissions/{work.pk}/comments"
    text = room.done("tom", "GET", f"submissions/{work.pk}")["plainText"]
    assert text == "यह 😀 मेरा\nनिबंध है."
    start = text.index("निबंध")
    anchor = {"start": start, "end": start + 5, "quote": "निबंध"}
    commented = room.done("tom", "POST", path, text="कौन सा?", anchor=anchor)
    assert [one["quote"] for one in commented["comments"]] == ["निबंध"]
    for wrong in (
        anchor | {"start": start + 1},
        anchor | {"end": 500, "quote": "other"},
        anchor | {"end": start},
        anchor | {"start": 900, "end": 905},
    ):
        assert room.ask("tom", "POST", path, text="x", anchor=wrong)[0] == 400
    assert room.ask("tom", "POST", path, text=" ")[0] == 400
    assert room.done("lena", "GET", f"learning/submissions/{work.pk}")["comments"] == []
    mark(room, work, 7)
    seen = room.done("lena", "GET", f"learning/submissions/{work.pk}")["comments"]
    assert [(one["text"], one["authorName"]) for one in seen] == [("कौन सा?", "Tom")]
    gone = room.done("tom", "DELETE", f"submission-comments/{commented['comments'][0]['id']}")
    assert gone["comments"] == []


@pytest.mark.parametrize("text", ["a\x00b", "\u202eabc", "<script>x</script>", "क" * 5_000])
def test_no_text_breaks_a_comment(room: Classroom, essay: Assignment, text: str) -> None:
    work = hand_in(room, essay)
    path = f"submissions/{work.pk}"
    for method, action, body in (
        ("POST", "comments", {"text": text}),
        ("PUT", "mark", {"points": 1, "comment": text, "reason": text[:500]}),
        ("POST", "return", {"comment": text}),
    ):
        assert room.ask("tom", method, f"{path}/{action}", **body)[0] in {200, 201, 400}
    assert room.done("tom", "GET", path)["id"] == work.pk


def test_a_grade_that_is_not_released_is_not_seen(room: Classroom) -> None:
    with room.inside():
        essay = an_assignment(room.twin, postsManually=True)
    work = hand_in(room, essay)
    room.done("tom", "POST", f"submissions/{work.pk}/comments", text="Good")
    mark(room, work, 7)
    seen = room.done("lena", "GET", f"learning/submissions/{work.pk}")
    assert (seen["status"], seen["comments"], seen["ratings"]) == ("SUBMITTED", [], None)
    room.done("tom", "POST", f"assignments/{essay.pk}/post-grades", isPosted=True)
    seen = room.done("lena", "GET", f"learning/submissions/{work.pk}")
    assert (seen["status"], len(seen["comments"])) == ("GRADED", 1)


class TestAnonymous:
    def test_no_surface_of_marking_has_a_name(self, room: Classroom, secret: Assignment) -> None:
        with room.inside():
            file_id = a_file(room.twin, name="lena essay.pdf")
        work = hand_in(room, secret, file_ids=(file_id,))
        hand_in(room, secret, "मीरा")
        mark(room, work, 7)
        for path in (
            f"assignments/{secret.pk}/submissions",
            f"submissions/{work.pk}",
            f"submissions/{work.pk}/files/{file_id}/url",
            f"assignments/{secret.pk}/moderation",
        ):
            shown = str(room.done("tom", "GET", path)).lower()
            assert "lena" not in shown, path
            assert "मीरा" not in shown, path
        labels = [one["label"] for one in queue(room, secret)]
        assert len(set(labels)) == 2
        assert all(label.startswith("Submission ") for label in labels)
        assert room.done("tom", "GET", f"submissions/{work.pk}")["files"][0]["name"] == (
            "File 1.pdf"
        )

    @pytest.mark.parametrize("who", ["tom", "asha"])
    def test_the_file_itself_is_no_way_to_a_name(
        self, room: Classroom, secret: Assignment, who: str
    ) -> None:
        with room.inside():
            file_id = a_file(room.twin)
        work = hand_in(room, secret, file_ids=(file_id,))
        for path in (f"files/{file_id}", f"files/{file_id}/url"):
            assert room.ask(who, "GET", path)[0] == 403
        assert room.ask("lena", "GET", f"files/{file_id}")[0] == 200
        url = room.done(who, "GET", f"submissions/{work.pk}/files/{file_id}/url")["url"]
        assert "lena" not in url.lower()
        assert room.ask(who, "GET", f"submissions/{work.pk}/files/{file_id + 1}/url")[0] == 404

    def test_the_gradebook_says_nothing_until_the_release(
        self, room: Classroom, secret: Assignment
    ) -> None:
        work = hand_in(room, secret)
        mark(room, work, 7)
        enrollment = work.enrollment_id
        for path in (
            f"courses/{room.course}/gradebook",
            f"courses/{room.course}/gradebook/{enrollment}",
            f"courses/{room.course}/grade-changes",
        ):
            shown = room.done("tom", "GET", path)
            rows = shown if isinstance(shown, list) else [shown]
            marks = [m for one in rows for m in one.get("marks", [one])]
            mine = [m for m in marks if m["assignmentId"] == secret.pk]
            assert all(m.get("points") is None and not m.get("submittedAt") for m in mine), path
            assert "7.00" not in str(mine)
        path = f"assignments/{secret.pk}/grades/{enrollment}"
        status, error = room.ask("tom", "PUT", path, points=1, version=9)
        assert (status, error["details"]) == (409, {"reason": "ANONYMOUS"})
        room.done("tom", "POST", f"assignments/{secret.pk}/post-grades", isPosted=True)
        assert queue(room, secret)[0]["label"] == "Lena"
        book = room.done("tom", "GET", f"courses/{room.course}/gradebook/{enrollment}")
        assert [m["points"] for m in book["marks"] if m["assignmentId"] == secret.pk] == [7.0]
        assert room.done("tom", "GET", f"courses/{room.course}/grade-changes")

    def test_no_setting_shows_names_before_the_release(
        self, room: Classroom, secret: Assignment
    ) -> None:
        work = hand_in(room, secret)
        path = f"assignments/{secret.pk}"
        assert room.ask("tom", "PATCH", path, isAnonymous=False)[0] == 409
        status, error = room.ask("tom", "PATCH", f"{path}/grading", postsManually=False)
        assert (status, error["details"][0]["path"]) == (400, "/postsManually")
        mark(room, work, 7)
        room.done("tom", "POST", f"{path}/post-grades", isPosted=True)
        assert room.ask("tom", "PATCH", path, isAnonymous=False)[0] == 200


@given(st.text())
def test_a_preview_is_short_and_one_line(text: str) -> None:
    shown = preview(f"<p>{text}</p>")
    assert len(shown) <= PREVIEW
    assert "\n" not in shown


def test_plain_text_has_blocks_on_lines_of_their_own() -> None:
    html = "<h1>A&amp;B</h1><ul><li>c</li><li>d<br>e</li></ul>f <b>g</b>"
    assert plain_text(html) == "A&B\nc\nd\nef g"


def test_returned_work_stays_returned_when_its_earlier_grade_is_released(room: Classroom) -> None:
    with room.inside():
        essay = an_assignment(room.twin, postsManually=True, maxAttempts=1)
        work = handed_in(room.twin, essay)
    room.done("tom", "PUT", f"submissions/{work.pk}/mark", points=4, version=0)
    room.now += timedelta(minutes=1)
    room.done("tom", "POST", f"submissions/{work.pk}/return", comment="Again")
    room.done("tom", "POST", f"assignments/{essay.pk}/post-grades", isPosted=True)
    path = f"learning/assignments/{essay.pk}"
    assert room.done("lena", "GET", path)["attemptsLeft"] == 1
    room.now += timedelta(minutes=1)
    room.done("lena", "POST", f"{path}/submissions", requestId="again", text="<p>Better.</p>")
