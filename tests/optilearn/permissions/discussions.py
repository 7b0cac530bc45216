"""Discussions are for those who take part in a course; moderation is for its managers."""

from __future__ import annotations

from typing import Any, Final

from optilearn.community.models import DiscussionPost, DiscussionReport, DiscussionThread
from optilearn.core.clock import now
from tests.optilearn.permissions.announcements import AUTHORS
from tests.optilearn.permissions.enrollment import TOMS
from tests.support.permissions import Rule
from tests.support.twins import Twin

MEMBERS: Final = f"{TOMS} lena मीरा"


def asked(twin: Twin) -> None:
    """Lena asks in MATH, Meera replies, and Lena reports it."""
    course = twin.courses["MATH"]
    thread = DiscussionThread.objects.create(
        course=course,
        author=twin.people["lena"],
        title="Question 4",
        last_number=2,
        reply_count=1,
        last_post_at=now(),
        created_at=now(),
    )
    for number, name in enumerate(("lena", "मीरा"), start=1):
        DiscussionPost.objects.create(
            thread=thread,
            course=course,
            author=twin.people[name],
            number=number,
            text="<p>Hm.</p>",
            created_at=now(),
        )
    DiscussionReport.objects.create(
        post=a_reply(), reporter=twin.people["lena"], reason="Rude.", created_at=now()
    )


def unreported(twin: Twin) -> None:
    asked(twin)
    DiscussionReport.objects.all().delete()


def a_reply() -> DiscussionPost:
    return DiscussionPost.objects.latest("id")


def math(twin: Twin) -> dict[str, int]:
    return {"courseId": twin.courses["MATH"].pk}


def the_thread(_: Twin) -> dict[str, int]:
    return {"threadId": DiscussionThread.objects.latest("id").pk}


def the_reply(_: Twin) -> dict[str, int]:
    return {"postId": a_reply().pk}


def text(_: Twin) -> dict[str, Any]:
    return {"title": "Question 5", "text": "Where do I begin?"}


def answering(_: Twin) -> dict[str, Any]:
    return {"text": "Below.", "parentId": a_reply().pk}


def best(_: Twin) -> dict[str, Any]:
    return {"postId": a_reply().pk}


def reason(_: Twin) -> dict[str, Any]:
    return {"reason": "It insults a classmate."}


THREAD: Final = "/api/discussions/{threadId}"
POST: Final = "/api/discussion-posts/{postId}"
RULES: Final = [
    Rule("GET", "/api/courses/{courseId}/discussions", MEMBERS, params=math),
    Rule("POST", "/api/courses/{courseId}/discussions", MEMBERS, params=math, body=text),
    Rule("GET", THREAD, MEMBERS, params=the_thread, setup=asked),
    Rule(
        "PATCH",
        THREAD,
        TOMS,
        params=the_thread,
        setup=asked,
        body=lambda _: {"isLocked": True},
    ),
    Rule("GET", f"{THREAD}/posts", MEMBERS, params=the_thread, setup=asked),
    Rule("POST", f"{THREAD}/posts", MEMBERS, params=the_thread, setup=asked, body=answering),
    Rule(
        "PUT",
        f"{THREAD}/read",
        MEMBERS,
        params=the_thread,
        setup=asked,
        body=lambda _: {"number": 1},
    ),
    Rule(
        "PUT",
        f"{THREAD}/following",
        MEMBERS,
        params=the_thread,
        setup=asked,
        body=lambda _: {"isFollowing": True},
    ),
    Rule("PUT", f"{THREAD}/best-answer", f"{TOMS} lena", params=the_thread, setup=asked, body=best),
    Rule(
        "PUT",
        POST,
        "मीरा",
        params=the_reply,
        setup=unreported,
        body=lambda _: {"text": "Now I see."},
    ),
    Rule("DELETE", POST, "मीरा", params=the_reply, setup=unreported),
    Rule("GET", f"{POST}/versions", f"{TOMS} मीरा", params=the_reply, setup=asked),
    Rule(
        "POST",
        f"{POST}/reports",
        f"{TOMS} lena",
        params=the_reply,
        setup=asked,
        body=reason,
        denied_as={"मीरा": 409},
    ),
    Rule("POST", f"{POST}/hide", TOMS, params=the_reply, setup=asked, body=reason),
    Rule("POST", f"{POST}/restore", TOMS, params=the_reply, setup=asked),
    Rule("POST", f"{POST}/dismiss-reports", TOMS, params=the_reply, setup=asked),
    Rule("GET", "/api/discussion-reports", AUTHORS),
]
