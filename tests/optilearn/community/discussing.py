"""Discussions for tests."""

from __future__ import annotations

from typing import Any, Final

from tests.support.community import School

REPLY: Final = "DISCUSSION_REPLY"


def ask_in(school: School, name: str = "lena", course: str = "MATH", **wanted: Any) -> int:
    """Begin a discussion; its id."""
    body = {"title": "Question 4", "text": "<p>Where do I begin?</p>"} | wanted
    path = f"courses/{school.twin.courses[course].pk}/discussions"
    return int(school.done(name, "POST", path, **body)["id"])


def answer_in(school: School, thread: int, name: str = "मीरा", **wanted: Any) -> Any:
    """Reply in it; the post."""
    body = {"text": "<p>Try it with x = 2.</p>"} | wanted
    return school.done(name, "POST", f"discussions/{thread}/posts", **body)


def posts_of(school: School, thread: int, name: str = "lena") -> list[Any]:
    """The posts that somebody sees."""
    found: list[Any] = school.done(name, "GET", f"discussions/{thread}/posts")["posts"]
    return found


def thread_of(school: School, thread: int, name: str = "lena") -> Any:
    """The thread as somebody sees it."""
    return school.done(name, "GET", f"discussions/{thread}")
