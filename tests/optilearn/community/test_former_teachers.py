"""Announcements of a teacher who doesn't teach the course any more."""

from __future__ import annotations

from datetime import timedelta

from optilearn.community.announcements.services import publish_due_announcements
from optilearn.community.models import Announcement
from optilearn.courses.models import CoTeacher
from tests.optilearn.community.announcing import post
from tests.support.community import School


def leave_art(school: School) -> None:
    with school.inside():
        CoTeacher.objects.filter(person=school.twin.people["tom"]).delete()


def test_they_manage_it_no_more(school: School) -> None:
    art = school.twin.courses["ART"].pk
    key = post(school, "tom", courseIds=[art])
    leave_art(school)
    for path in (f"announcements/managed/{key}", f"announcements/{key}/receipts"):
        assert school.refused("tom", "GET", path) == (404, "NOT_FOUND")
    assert school.refused("tom", "PATCH", f"announcements/{key}", text="<p>x</p>")[0] == 404
    school.done("asha", "POST", f"announcements/{key}/withdraw")


def test_what_waits_for_its_time_is_withdrawn(school: School) -> None:
    at = (school.now + timedelta(days=1)).isoformat()
    art, math = (school.twin.courses[code].pk for code in ("ART", "MATH"))
    gone = post(school, "tom", courseIds=[art], publishAt=at)
    stays = post(school, "tom", courseIds=[math], publishAt=at)
    leave_art(school)
    school.now += timedelta(days=1, minutes=1)
    with school.inside():
        assert publish_due_announcements() == 1
        states = dict(Announcement.objects.values_list("id", "status"))
        assert (states[gone], states[stays]) == ("WITHDRAWN", "PUBLISHED")
