"""The treatment of what people save and export when one is erased, and what an export shows."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment
from optilearn.core.sql import compose

_PERSON: Final = "jsonb_build_object('kind', 'PERSON', 'id', %(person)s::bigint)"
"""A recipient of a schedule that is one person."""

RULES: Final = (
    Rule(
        "analytics_occurrencerecipient",
        "person_id",
        Treatment.CASCADE,
        "What was sent to somebody who is gone is of no use to anybody else.",
    ),
    Rule(
        "analytics_occurrence",
        "requested_by_id",
        Treatment.ANONYMISE,
        "The recipient's history stays; nobody needs to know who had it sent again.",
        sets={"requested_by_id": "NULL"},
    ),
    Rule(
        "analytics_occurrence",
        "only_person_id",
        Treatment.ANONYMISE,
        "Its files, which are taken back, refer to it; it says nothing of the person any more.",
        sets={"only_person_id": "NULL", "only_part": "''"},
    ),
    Rule(
        "analytics_schedule",
        "recipients",
        Treatment.ANONYMISE,
        "The others go on getting it; the person isn't among them any more.",
        sets={
            "recipients": compose(
                "(SELECT coalesce(jsonb_agg(r), '[]') FROM jsonb_array_elements(recipients) r"
                " WHERE NOT r @> <person>)",
                person=_PERSON,
            )
        },
        shown=("id", "name"),
        where=f"recipients @> jsonb_build_array({_PERSON})",
    ),
    Rule(
        "analytics_schedule",
        "owner_id",
        Treatment.ANONYMISE,
        "It is paused at its next run, and administrators may take it over.",
        sets={"owner_id": "NULL"},
    ),
    Rule(
        "analytics_alert",
        "owner_id",
        Treatment.ANONYMISE,
        "It notified its owner alone: it is deleted with its history within a day.",
        sets={"owner_id": "NULL", "name": "''"},
    ),
    Rule(
        "analytics_exportjob",
        "owner_id",
        Treatment.CASCADE,
        "A file that somebody asked for is of no use to anybody else; it is let go with the job.",
    ),
    Rule(
        "analytics_favorite",
        "person_id",
        Treatment.CASCADE,
        "A favorite is of no use to anybody else.",
    ),
    Rule(
        "analytics_savedversion",
        "author_id",
        Treatment.ANONYMISE,
        "The school goes on using what it shares; nobody needs to know who wrote it.",
        sets={"author_id": "NULL"},
    ),
    Rule(
        "analytics_saveditem",
        "owner_id",
        Treatment.ANONYMISE,
        "The school goes on using it; administrators hand it over, or delete what was private.",
        sets={"owner_id": "NULL"},
    ),
)
