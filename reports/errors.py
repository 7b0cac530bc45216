"""The errors of reports: a family for the user, and one for our own defects.

A user error carries a code, a place, a message and a hint, and never SQL, a stack trace or
another field's data (docs/report-reference.md#refusals). An internal error is a bug or a broken
installation: it is logged, and the caller answers with its generic failure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One reason why a report was refused.

    ``path`` is a JSON pointer into the definition (empty: the definition as a whole).
    """

    code: str
    path: str
    message: str
    hint: str = ""

    def to_wire(self) -> dict[str, str]:
        """The object that goes into the API's ``details``."""
        return {"code": self.code, "path": self.path, "message": self.message, "hint": self.hint}


class ReportError(Exception):
    """The user's family: safe to show, word for word."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint

    @property
    def problems(self) -> tuple[Problem, ...]:
        """The error as a list of problems, so that callers treat all of them alike."""
        return (Problem(self.code, "", self.message, self.hint),)


class ReportInvalid(ReportError):  # noqa: N818 - the name is part of the published contract
    """The definition can't be answered; every problem found is listed, not only the first."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        found = tuple(problems)
        first = found[0] if found else Problem("INVALID", "", "The report is not valid.")
        super().__init__(first.code, first.message, first.hint)
        self._problems = found or (first,)

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All problems, in the order of the definition."""
        return self._problems


class CatalogFileInvalid(ReportInvalid):
    """A catalog file, or the database it describes, isn't as it must be."""


class SnapshotUnknown(ReportError):  # noqa: N818 - the name is part of the published contract
    """There is no snapshot of that name, or of that time."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__("SNAPSHOT_UNKNOWN", message, hint)

    def at(self, path: str) -> ReportInvalid:
        """The refusal of a definition that names it at ``path``."""
        return ReportInvalid([Problem(self.code, path, self.message, self.hint)])


class ReportTimeout(ReportError):  # noqa: N818 - the name is part of the published contract
    """The question ran longer than its limit and was stopped."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            "REPORT_TIMEOUT",
            f"The report was stopped after {seconds:g} seconds.",
            "Filter to fewer rows, ask for fewer dimensions, or export it in the background.",
        )
        self.seconds = seconds


class ReportCancelled(ReportError):  # noqa: N818 - the name is part of the published contract
    """The caller doesn't wait for the answer any more."""

    def __init__(self) -> None:
        super().__init__("REPORT_CANCELLED", "The report was cancelled.")


class ReportBusy(ReportError):  # noqa: N818 - the name is part of the published contract
    """Too many costly questions of this institution are waiting."""

    def __init__(self) -> None:
        super().__init__(
            "REPORT_BUSY",
            "Other reports of this institution are running, and this one waited too long.",
            "Try again in a minute, or export it in the background.",
        )


class ReportTooLarge(ReportError):  # noqa: N818 - same family of names as the two above
    """The question needed more memory than one report may have."""

    def __init__(self) -> None:
        super().__init__(
            "REPORT_TOO_LARGE",
            "The report needs more memory than one report may use.",
            "Filter to fewer rows, or ask for fewer dimensions or columns.",
        )


class ReportFailed(ReportError):  # noqa: N818 - same family of names as the two above
    """A value in the data can't be calculated as asked (a number too large, say)."""

    def __init__(self) -> None:
        super().__init__(
            "REPORT_FAILED",
            "The report could not be calculated on this data.",
            "A value may be too large for the calculation; try another aggregate or filter.",
        )


class OutOfTime(ReportFailed):
    """A date in the data lies before the year 1 or after 9999."""

    def __init__(self) -> None:
        super(ReportFailed, self).__init__(
            "REPORT_FAILED",
            "A date in the data lies before the year 1 or after the year 9999.",
            "Filter to dates between them, or correct the data.",
        )


class ScopeMismatch(ReportError):  # noqa: N818 - the name is part of the published contract
    """The snapshot belongs to another institution than the caller's scope."""

    def __init__(self) -> None:
        super().__init__("SCOPE_MISMATCH", "The snapshot is not one of this institution.")


class SnapshotDamaged(ReportError):  # noqa: N818 - the name is part of the published contract
    """The snapshot file is missing, cut short, swapped, or of a schema version not known here."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "SNAPSHOT_DAMAGED",
            f"The snapshot can't be read: {reason}.",
            "Make a new snapshot, or ask an older one.",
        )
        self.reason = reason


class NotRecorded(ReportError):  # noqa: N818 - the name is part of the published contract
    """The snapshot is older than what is asked of it, which came in schema version ``since``."""

    def __init__(self, names: Iterable[str], since: int) -> None:
        super().__init__(
            "NOT_RECORDED",
            f"This snapshot was taken before there was {', '.join(names)}.",
            "Ask a later snapshot, or leave it out.",
        )
        self.since = since


class InternalReportError(RuntimeError):
    """A defect of ours; never shown to a user."""


class CatalogInvalid(InternalReportError):  # noqa: N818 - reads as the state it reports
    """The catalog contradicts itself; ``problems`` names every fault."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(self.problems))


class UnsafeSql(InternalReportError):  # noqa: N818 - reads as the state it reports
    """The rendered statement isn't one guarded SELECT over known tables."""
