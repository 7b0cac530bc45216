"""Questions of enrollments that the apps above answer."""

from __future__ import annotations

from typing import Final

from optilearn.core.providers import Provider


def _no_score(enrollment: str) -> str:
    return "NULL::numeric"


average_score_sql: Final = Provider[[str], str](_no_score)
"""The SQL of an enrollment's average score in percent, NULL where there is none yet; the argument
is the alias of the enrollment's row. A fragment, so that rosters stay one statement (ADR 18)."""
