"""The refusals of the report engine in the reader's language.

The engine is a library without a language of its own: it says its refusals in English. Here are
those of SQL, and those that any question may meet, as templates: a text that fits one is said by
its translation, any other stays as it is. What DuckDB itself says of a statement is English.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_noop as _

_TEMPLATES: Final = (
    _("Only a SELECT can be run."),
    _("Ask with SELECT, WITH, FROM or VALUES."),
    _("The statement isn't valid SQL: {message}"),
    _("Run one statement at a time."),
    _("FROM can't hold this ({kind})."),
    _("There are {views}."),
    _("A statement has no parameters."),
    _("Write the values into it."),
    _("This kind of expression can't be used ({family})."),
    _("The function {name} can't be used."),
    _("Like it are {names}."),
    _("Types are named without a schema."),
    _("This function can't stand in FROM."),
    _("Those that can: {names}."),
    _("AT can't be used."),
    _("Choose the snapshot beside the statement, as asOf."),
    _("There is no view {name}."),
    _("A statement has at most {count} characters."),
    _("The statement has characters that no text has."),
    _("The statement is empty."),
    _("The result has more than {count} rows."),
    _("Add a LIMIT, or download the snapshot whole."),
    _("The statement needs more memory than one statement may use."),
    _("Filter to fewer rows, or group by less."),
    _("The result is larger than one result may be."),
    _("Select fewer columns or rows; a snapshot can be downloaded whole."),
    _("The statement could not be calculated on this data."),
    _("The statement could not be calculated on this data: {message}"),
    _("See TRY and TRY_CAST."),
    _("Numbers have noise here, and the rows of a view could be counted."),
    _("Ask for a report instead."),
    _("The report was stopped after {seconds} seconds."),
    _("Filter to fewer rows, ask for fewer dimensions, or export it in the background."),
    _("The report was cancelled."),
    _("Other reports of this institution are running, and this one waited too long."),
    _("Try again in a minute, or export it in the background."),
    _("The report needs more memory than one report may use."),
    _("Filter to fewer rows, or ask for fewer dimensions or columns."),
    _("The report could not be calculated on this data."),
    _("A value may be too large for the calculation; try another aggregate or filter."),
)
_NAME: Final = re.compile(r"\\\{(\w+)\\\}")


def in_readers_language(text: str) -> str:
    """The text as its template is translated; itself where it fits none."""
    if not text or (get_language() or "en").startswith("en"):
        return text
    for template, pattern in _patterns():
        found = pattern.fullmatch(text)
        if found is not None:
            return gettext(template).format(**found.groupdict())
    return text


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple(
        (one, re.compile(_NAME.sub(r"(?P<\1>.+)", re.escape(one)), re.DOTALL))
        for one in sorted(_TEMPLATES, key=lambda template: "{" in template)
    )
