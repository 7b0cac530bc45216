"""The form of a schedule: what somebody typed, what it means, and the way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from django.http import QueryDict
from django.utils.translation import gettext as _

from optilearn.core.access.principal import Principal
from optilearn.people.selectors import names_of, people_by_any_name
from optilearn.web.schedules.filters import Filters
from optilearn.web.schedules.rules import Calendar, Every, Times, times_of

Row = dict[str, Any]
MAX_TEXT: Final = 5_000


@dataclass(frozen=True)
class PersonChoice:
    """A person who gets it; ``part`` is the class that their file is of."""

    id: int
    part: str = ""


@dataclass(frozen=True)
class Draft:
    """A schedule as the form has it: everything that was typed, be it right or not."""

    item_id: str = ""
    name: str = ""
    formats: tuple[str, ...] = ("xlsx",)
    me: bool = False
    people: tuple[PersonChoice, ...] = ()
    people_text: str = ""
    roles: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    split: str = "NONE"
    trigger: str = "TIME"
    times: Times = field(default_factory=Times)
    at: str = "08:00"
    starts: str = ""
    ends: str = ""
    min_hours: str = "24"
    attaches: bool = True
    subject: str = ""
    note: str = ""
    filters: Filters = field(default_factory=Filters)
    on_empty: str = "SEND"
    on_stale: str = "BANNER"
    stale_hours: str = "6"
    wait_hours: str = "6"
    version: str = ""

    def timing(self, today: str) -> Row:
        """Return the times as the API has them; ``today`` is the first day if none was chosen."""
        start = self.starts or today
        return {
            "trigger": self.trigger,
            **self.times.timing(),
            "startsAt": f"{start}T{self.at}" if self.at else start,
            "endsOn": self.ends or None,
            "minHours": self.min_hours or 24,
        }

    def data(self, principal: Principal, today: str) -> Row:
        """Return the schedule as the API has it, to be checked by its schema."""
        return {
            "name": self.name,
            "savedItemId": self.item_id or None,
            "timing": self.timing(today),
            "recipients": self._recipients(principal),
            "split": self.split,
            "formats": list(self.formats),
            "attaches": self.attaches,
            "subject": self.subject,
            "note": self.note,
            "filters": self.filters.data(),
            "onEmpty": self.on_empty,
            "onStale": self.on_stale,
            "staleHours": self.stale_hours or 6,
            "waitHours": self.wait_hours or 6,
            **({"version": self.version} if self.version else {}),
        }

    def _recipients(self, principal: Principal) -> list[Row]:
        people = {one.id: one.part for one in self.people}
        if self.me:
            people.setdefault(principal.person_id, "")
        found: list[Row] = [
            {"kind": "PERSON", "id": person, "part": part} for person, part in people.items()
        ]
        found += [{"kind": "ROLE", "role": role} for role in self.roles]
        return found + [{"kind": "CLASS", "classId": one} for one in self.classes]

    def chips(self) -> list[Row]:
        """Return the chosen people with their names."""
        names = names_of([one.id for one in self.people]) if self.people else {}
        return [
            {"id": one.id, "part": one.part, "name": names.get(one.id, _("Somebody who left"))}
            for one in self.people
        ]

    def resolved(self) -> tuple[Draft, list[str]]:
        """Find the people whose codes or e-mail addresses were typed; name those that nobody has.

        One query, if anything was typed.
        """
        texts = [text.strip() for text in self.people_text.replace("\n", ",").split(",")]
        texts = [text for text in texts if text][:500]
        if not texts:
            return self, []
        known: dict[str, int] = {}
        for row in people_by_any_name(texts):
            known |= {row["code"].lower(): row["id"], row["crm_id"].lower(): row["id"]}
            known |= {row["email"]: row["id"]} if row["email"] else {}
        missing = [text for text in texts if text.lower() not in known]
        chosen = {one.id: one for one in self.people}
        for text in texts:
            if (person := known.get(text.lower())) is not None:
                chosen.setdefault(person, PersonChoice(person))
        return replace(self, people=tuple(chosen.values()), people_text=", ".join(missing)), missing


def draft_of(post: QueryDict, item: Mapping[str, Any] | None = None) -> Draft:
    """Read what the form sent. ``item`` is the report or dashboard, which knows its filters."""

    def text(name: str, default: str = "") -> str:
        return (post.get(name) or default)[:MAX_TEXT].replace("\x00", "")

    people = tuple(
        PersonChoice(int(one), text(f"part-{one}"))
        for one in dict.fromkeys(post.getlist("person"))
        if one.isascii() and one.isdecimal() and len(one) < 18
    )
    every = Every(
        kind=text("every", "WEEK"),
        days=tuple(post.getlist("day")),
        weeks=text("weeks", "1"),
        month_day=text("month_day", "1"),
        rule=text("rule"),
    )
    calendar = Calendar("terms" in post, "holidays" in post, _whole(text("nth")))
    return Draft(
        item_id=text("item"), name=text("name"), formats=tuple(post.getlist("format")),
        me="me" in post, people=people, people_text=text("people_text"),
        roles=tuple(post.getlist("role")), classes=tuple(post.getlist("class")),
        split=text("split", "NONE"), trigger=text("trigger", "TIME"),
        times=Times(every, calendar), at=text("at"), starts=text("starts"), ends=text("ends"),
        min_hours=text("min_hours"), attaches=text("attaches") != "link", subject=text("subject"),
        note=text("note"), filters=Filters.of_post(post, item), on_empty=text("on_empty", "SEND"),
        on_stale=text("on_stale", "BANNER"), stale_hours=text("stale_hours"),
        wait_hours=text("wait_hours"), version=text("version"),
    )  # fmt: skip


def draft_of_stored(row: Mapping[str, Any], principal: Principal, item: Row | None) -> Draft:
    """Return the form of a schedule that is stored, as its detail has it."""
    timing = row["timing"]
    chosen = row["recipients"]
    people = [PersonChoice(o["id"], o.get("part", "")) for o in chosen if o["kind"] == "PERSON"]
    me = PersonChoice(principal.person_id)
    starts, _separator, at = str(timing["startsAt"]).partition("T")
    return Draft(
        item_id=str(row["item"]["id"]), name=row["name"], formats=tuple(row["formats"]),
        me=me in people, people=tuple(one for one in people if one != me),
        roles=tuple(o["role"] for o in chosen if o["kind"] == "ROLE"),
        classes=tuple(o["classId"] for o in chosen if o["kind"] == "CLASS"),
        split=row["split"], trigger=timing["trigger"], times=times_of(timing), at=at,
        starts=starts, ends=timing["endsOn"] or "", min_hours=str(timing["minHours"]),
        attaches=row["attaches"], subject=row["subject"], note=row["note"],
        filters=Filters.of_stored(row["filters"], item), on_empty=row["onEmpty"],
        on_stale=row["onStale"], stale_hours=str(row["staleHours"]),
        wait_hours=str(row["waitHours"]), version=str(row["version"]),
    )  # fmt: skip


def _whole(text: str) -> int | None:
    sign, digits = (-1, text[1:]) if text.startswith("-") else (1, text)
    is_whole = digits.isascii() and digits.isdecimal() and len(digits) < 4
    return sign * int(digits) if is_whole else None


FIELDS: Final[Mapping[str, str]] = {
    "/savedItemId": "item",
    "/name": "name",
    "/formats": "formats",
    "/recipients": "recipients",
    "/split": "split",
    "/timing/rule": "when",
    "/timing/startsAt": "at",
    "/timing/endsOn": "ends",
    "/timing/minHours": "min_hours",
    "/timing/nthInTerm": "when",
    "/timing": "when",
    "/subject": "subject",
    "/note": "note",
    "/filters": "filters",
    "/definition": "item",
    "/staleHours": "stale_hours",
    "/waitHours": "wait_hours",
}
"""The field of the form that a place in the API's body is shown at."""


def field_of(path: str) -> str:
    """Return the field at which a problem is shown; empty for none."""
    plain = path if path.startswith("/") or not path else f"/{path}"
    found = [place for place in FIELDS if plain == place or plain.startswith(place + "/")]
    return FIELDS[max(found, key=len)] if found else ""


def dumped(value: Any) -> str:
    """Return JSON for a hidden field."""
    return json.dumps(value, ensure_ascii=False)
