"""E-mails that the tests send."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from worker.channels.email.message import Email

UNSUBSCRIBE = {
    "List-Unsubscribe": "<https://learn.example.org/u/abc>",
    "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
}


def mail(number: int = 1, **other: Any) -> Email:
    """A complete message; ``other`` takes the place of its parts."""
    email = Email(
        idempotency_key=f"delivery-{number}",
        message_id=f"<{number}.delivery@learn.example.org>",
        from_name="Springdale School",
        from_address="no-reply@learn.example.org",
        to_name="Lena Weber",
        to_address=f"lena{number}@example.test",
        subject=f"New lesson: Fractions {number}",
        text="Hello Lena,\n\n.a line with a dot\n.\nBye\n",
        html="<p>Hello Lena</p>\n",
        reply_to="office@springdale.example",
        headers=UNSUBSCRIBE,
        tags={"optilearn": "abc-_123"},
    )
    return replace(email, **other)
