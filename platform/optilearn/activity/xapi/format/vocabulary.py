"""The meaning of xAPI's verbs and objects for courses and lessons.

Objects are named by IRIs of ours: ``urn:optilearn:<institution>:courses:<id>`` and
``urn:optilearn:<institution>:lessons:<id>``, with the institution's slug and the ids of the
API. Verbs count by the last word of their IRI, whichever vocabulary it is from.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from optilearn.activity.models import ActivityEvent

Kind = ActivityEvent.Kind
OURS: Final = "urn:optilearn:"
_OBJECT: Final = re.compile(r"urn:optilearn:([a-z0-9-]+):(courses|lessons):([1-9][0-9]{0,18})")
_KINDS: Final = {
    "experienced": Kind.VIEW,
    "viewed": Kind.VIEW,
    "launched": Kind.VIEW,
    "initialized": Kind.VIEW,
    "opened": Kind.VIEW,
    "attended": Kind.VIEW,
    "played": Kind.PLAY,
    "watched": Kind.PLAY,
    "listened": Kind.PLAY,
    "resumed": Kind.PLAY,
    "downloaded": Kind.DOWNLOAD,
    "commented": Kind.POST,
    "posted": Kind.POST,
    "post": Kind.POST,
    "replied": Kind.POST,
    "asked": Kind.POST,
    "shared": Kind.POST,
    "answered": Kind.ANSWER,
    "attempted": Kind.ANSWER,
    "responded": Kind.ANSWER,
    "submitted": Kind.ANSWER,
    # Activity Streams and its kin name verbs in the present.
    "access": Kind.VIEW,
    "attend": Kind.VIEW,
    "experience": Kind.VIEW,
    "launch": Kind.VIEW,
    "open": Kind.VIEW,
    "read": Kind.VIEW,
    "view": Kind.VIEW,
    "listen": Kind.PLAY,
    "play": Kind.PLAY,
    "watch": Kind.PLAY,
    "download": Kind.DOWNLOAD,
    "comment": Kind.POST,
    "reply": Kind.POST,
    "share": Kind.POST,
    "answer": Kind.ANSWER,
    "attempt": Kind.ANSWER,
    "submit": Kind.ANSWER,
}


@dataclass(frozen=True)
class Target:
    """The course or lesson that a statement is about."""

    course_id: int | None = None
    lesson_id: int | None = None


def kind_of(verb: str) -> int:
    """Return the kind of activity that a verb's IRI means; ``completed`` and the like are OTHER.

    What is completed and passed is decided by us, never by a statement.
    """
    word = re.split(r"[/#:]", verb.rstrip("/"))[-1].lower()
    return int(_KINDS.get(word, Kind.OTHER))


def target_of(iri: str, slug: str) -> Target | None:
    """Return the course or lesson of the institution that an IRI names; None for anything else."""
    match = _OBJECT.fullmatch(iri)
    if match is None or match[1] != slug or int(match[3]) >= 2**63:
        return None
    number = int(match[3])
    return Target(course_id=number) if match[2] == "courses" else Target(lesson_id=number)
