"""Words for schedules: states, reasons, formats, recipients."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from optilearn.people.selectors import classes, names_of
from optilearn.web.formatting import number

Row = dict[str, Any]
Words = Mapping[str, Promise]

ROLES: Final[Words] = {
    "ADMIN": gettext_lazy("Administrators"),
    "SUPER_ADMIN": gettext_lazy("Super administrators"),
    "PRINCIPAL": gettext_lazy("Principals"),
    "HOD": gettext_lazy("Heads of department"),
    "ANALYST": gettext_lazy("Analysts"),
    "TEACHER": gettext_lazy("Teachers"),
    "ADMISSIONS": gettext_lazy("Admissions"),
    "FINANCE": gettext_lazy("Finance"),
    "LIBRARIAN": gettext_lazy("Librarians"),
    "STUDENT": gettext_lazy("Students"),
    "PARENT": gettext_lazy("Parents"),
}
FORMATS: Final = {
    "xlsx": gettext_lazy("Excel"),
    "pdf": gettext_lazy("PDF"),
    "csv": "CSV",
    "parquet": "Parquet",
    "arrow": "Arrow",
    "json": "JSON",
}
STATES: Final[Mapping[str, tuple[Promise, str]]] = {
    "ACTIVE": (gettext_lazy("On"), "good"),
    "PAUSED": (gettext_lazy("Paused"), "warn"),
    "ENDED": (gettext_lazy("Ended"), "neutral"),
    "PLANNED": (gettext_lazy("Starts within a minute"), "info"),
    "WAITING": (gettext_lazy("Waiting"), "info"),
    "RUNNING": (gettext_lazy("Sending"), "info"),
    "DONE": (gettext_lazy("Sent"), "good"),
    "SENT": (gettext_lazy("Sent"), "good"),
    "SKIPPED": (gettext_lazy("Not sent"), "neutral"),
    "FAILED": (gettext_lazy("Failed"), "bad"),
}
"""The name of each state, and the badge that it is shown in."""
KINDS: Final[Words] = {
    "SCHEDULED": gettext_lazy("On schedule"),
    "NOW": gettext_lazy("Sent by hand"),
    "TEST": gettext_lazy("Test to one person"),
    "AGAIN": gettext_lazy("Sent again to one person"),
}
REASONS: Final[Words] = {
    "MANUAL": gettext_lazy("Somebody paused it."),
    "STALE_DATA": gettext_lazy("The data was too old."),
    "NO_SNAPSHOT": gettext_lazy("There was no data yet."),
    "EMPTY": gettext_lazy("There were no rows."),
    "NO_RECIPIENTS": gettext_lazy("Nobody was there to get it."),
    "OWNER_GONE": gettext_lazy("Its owner has left. An administrator can take it over."),
    "NOT_ALLOWED": gettext_lazy("Its owner may not send reports to others any more."),
    "ITEM_GONE": gettext_lazy("The report is gone, or its owner may not read it any more."),
    "REPORT_INVALID": gettext_lazy("The report can't be answered any more."),
    "SERVICE_DOWN": gettext_lazy("A service was down for too long."),
    "INTERNAL_ERROR": gettext_lazy("It failed by a defect of ours."),
    "GAVE_UP": gettext_lazy("Each attempt was interrupted."),
    "ALREADY_SENT": gettext_lazy("It was sent before the records were restored from a backup."),
    "ACCESS_CHANGED": gettext_lazy("They left, or may see other rows than when it was written."),
    "UNOPENED": gettext_lazy("Nobody opened the last three."),
    "PAUSED": gettext_lazy("The schedule was paused."),
}
WHEN_EMPTY: Final[Words] = {
    "SEND": gettext_lazy("Who has no rows gets the empty file."),
    "NO_FILE": gettext_lazy("Who has no rows gets the message without a file."),
    "SKIP": gettext_lazy("Who has no rows gets nothing."),
}


def badge(state: str) -> Row:
    """Return the text and the kind of a state's badge."""
    text, kind = STATES.get(state, (state, "neutral"))
    return {"text": str(text), "kind": kind}


def reason(code: str) -> str:
    """Return a reason in words; empty for none."""
    return str(REASONS.get(code, code))


def formats(names: Iterable[str]) -> str:
    """Return formats as a sentence has them: ``Excel, PDF``."""
    return ", ".join(str(FORMATS.get(name, name.upper())) for name in names)


class Names:
    """The names of people and classes, asked once for a whole page."""

    def __init__(self, rows: Iterable[Mapping[str, Any]]) -> None:
        chosen = [one for row in rows for one in row["recipients"]]
        ids = {one["id"] for one in chosen if one["kind"] == "PERSON"}
        self._people = names_of(ids) if ids else {}
        has_class = any(one["kind"] == "CLASS" for one in chosen)
        self._classes = {one["id"]: one["name"] for one in classes()} if has_class else {}

    def of(self, recipients: Sequence[Mapping[str, Any]]) -> list[str]:
        """Return each entry of a list of recipients in words."""
        return [self._one(one) for one in recipients]

    def short(self, row: Mapping[str, Any]) -> str:
        """Return the recipients of a schedule in one line."""
        names = self.of(row["recipients"])
        text = ", ".join(names[:3])
        if len(names) > 3:
            more = len(names) - 3
            rest = ngettext("%(n)s more", "%(n)s more", more) % {"n": number(more)}
            text = f"{text}, {rest}"
        if row["split"] == "COURSE":
            text = _("%(who)s: each of their courses") % {"who": text}
        if row["split"] == "CLASS":
            text = _("%(who)s: a class each") % {"who": text}
        return text

    def _one(self, one: Mapping[str, Any]) -> str:
        if one["kind"] == "ROLE":
            return str(ROLES.get(str(one["role"]), one["role"]))
        if one["kind"] == "CLASS":
            name = self._classes.get(one["classId"], one["classId"])
            return _("Students of %(name)s") % {"name": name}
        name = self._people.get(one["id"], _("Somebody who left"))
        return f"{name} ({one['part']})" if one.get("part") else name


def counts(counted: Mapping[str, int]) -> str:
    """Return the numbers of a run: ``12 sent, 2 not sent``."""
    sent, skipped = counted.get("sent", 0), counted.get("skipped", 0)
    if not counted.get("recipients"):
        return ""
    parts = [ngettext("%(n)s sent", "%(n)s sent", sent) % {"n": number(sent)}]
    if skipped:
        parts.append(ngettext("%(n)s not sent", "%(n)s not sent", skipped) % {"n": number(skipped)})
    return ", ".join(parts)


def when_empty(policy: str) -> str:
    """Return what a schedule does for somebody without rows, as a sentence."""
    return str(WHEN_EMPTY[policy])


def when_stale(row: Mapping[str, Any]) -> str:
    """Return what a schedule does when its data is old, as a sentence."""
    hours = row["staleHours"]
    if row["onStale"] == "SKIP":
        text = ngettext(
            "Left out if the data is older than %(n)s hour.",
            "Left out if the data is older than %(n)s hours.",
            hours,
        )
    elif row["onStale"] == "WAIT":
        text = _("Older than %(n)s h: waits up to %(wait)s h for new data, then says so.")
    else:
        text = ngettext(
            "Sent, and it says so, if the data is older than %(n)s hour.",
            "Sent, and it says so, if the data is older than %(n)s hours.",
            hours,
        )
    return text % {"n": number(hours), "wait": number(row["waitHours"])}


def empty_count(people: int, policy: str) -> str:
    """Return how many would have no rows, and what they would get then."""
    texts = {
        "SEND": _("%(n)s would get an empty file: no rows in today's data."),
        "NO_FILE": _("%(n)s would get the message without a file: no rows in today's data."),
        "SKIP": _("%(n)s would get nothing: no rows in today's data."),
    }
    return texts[policy] % {"n": number(people)}
