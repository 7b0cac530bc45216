"""The treatment of files when a person is erased, and their columns in an export."""

from __future__ import annotations

from typing import Final

from optilearn.core.personal_data import Rule, Treatment

RULES: Final = (
    Rule(
        "files_file",
        "owner_id",
        Treatment.ANONYMISE,
        "A course goes on using its files; what the person handed in or exported is cleaned up.",
        sets={
            "owner_id": "NULL",
            "name": "''",
            "reach": "NULL",
            "is_kept": "is_kept AND category NOT IN ('submissions', 'evidence', 'exports')",
            "released_at": "CASE WHEN category IN ('submissions', 'evidence', 'exports') THEN now()"
            " ELSE released_at END",
        },
        hidden=("key",),
    ),
)
