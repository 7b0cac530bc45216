"""The treatment of messages when a person is erased, and their columns in an export."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from optilearn.core.personal_data import Rule, Treatment
from optilearn.core.sql import compose, quoted
from optilearn.notifications.definitions import Channel
from optilearn.people.rules import PEOPLE

_OWN_ADDRESS: Final = compose(
    """address IN (
    SELECT lower(p.email) FROM <person> WHERE p.id = %(person)s
     UNION
    SELECT lower(address) FROM notifications_delivery
     WHERE person_id = %(person)s AND channel = <email>)""",
    person=PEOPLE.aliased("p"),
    email=quoted(Channel.EMAIL),
)
"""The address that the person has, and those that were written to before."""
_SHARED: Final = compose(
    "EXISTS (SELECT FROM <person> WHERE lower(p.email) = address AND p.id <> %(person)s)",
    person=PEOPLE.aliased("p"),
)
_RECIPIENT: Final = "recipients @> ARRAY[%(person)s]::bigint[]"
_ALONE: Final = "recipients <@ ARRAY[%(person)s]::bigint[]"

RULES: Final = (
    Rule(
        "notifications_addressstate",
        "address",
        Treatment.CASCADE,
        "Nobody is written to there any more, so it needn't be known that it bounced.",
        where=f"{_OWN_ADDRESS} AND NOT {_SHARED}",
    ),
    Rule(
        "notifications_addressstate",
        "address",
        Treatment.RETAIN,
        "Somebody else has the same address, and must not be written to against its will either.",
        where=f"{_OWN_ADDRESS} AND {_SHARED}",
    ),
    Rule(
        "notifications_delivery",
        "person_id",
        Treatment.CASCADE,
        "What a person was told was told to nobody else.",
    ),
    Rule(
        "notifications_delivery",
        "about_id",
        Treatment.CASCADE,
        "What others were told of a person, as parents of their child, names the person.",
        shown=("id", "key", "status", "created_at"),
        # As everywhere the message says it too; and of messages there is an index of this.
        where="notification_id IN "
        "(SELECT id FROM notifications_notification WHERE about_id = %(person)s)",
    ),
    Rule(
        "notifications_notification",
        "about_id",
        Treatment.CASCADE,
        "What others were told of a person, as parents of their child, names the person.",
        shown=("id", "key", "created_at"),
    ),
    Rule(
        "notifications_notification",
        "recipients",
        Treatment.CASCADE,
        "What nobody else was told is of no use to anybody else.",
        shown=("id", "key", "data", "created_at"),
        where=f"{_RECIPIENT} AND {_ALONE}",
    ),
    Rule(
        "notifications_notification",
        "recipients",
        Treatment.ANONYMISE,
        "The others are told it, or were; the person isn't among them any more.",
        # A worker goes on behind those who have their rows, so their number must stay right.
        sets={
            "recipients": "array_remove(recipients, %(person)s::bigint)",
            "expanded": "cardinality(array_remove(recipients[:expanded], %(person)s::bigint))",
        },
        shown=("id", "key", "data", "created_at"),
        where=f"{_RECIPIENT} AND NOT {_ALONE}",
    ),
    Rule(
        "notifications_deliverymark",
        "person_id",
        Treatment.CASCADE,
        "Nobody is told anything twice.",
    ),
    Rule("notifications_dailycount", "person_id", Treatment.CASCADE, "Nobody is told too much."),
    Rule("notifications_digest", "person_id", Treatment.CASCADE, "Nobody gets a summary any more."),
    Rule(
        "notifications_preference",
        "person_id",
        Treatment.CASCADE,
        "The choice was the person's own.",
    ),
    Rule(
        "notifications_readerprofile",
        "person_id",
        Treatment.CASCADE,
        "The hours were the person's own.",
    ),
    Rule(
        "notifications_pushtoken",
        "person_id",
        Treatment.CASCADE,
        "The device is somebody else's now.",
    ),
    Rule(
        "notifications_messagetemplate",
        "created_by_id",
        Treatment.RETAIN,
        "The wording is the institution's; the id leads to an anonymized row.",
        shown=("id", "key", "channel", "locale", "created_at"),
    ),
)

NOT_PEOPLE: Final[Mapping[str, str]] = {
    "notifications_deliverymark.delivery_id": "a delivery's",
    "notifications_delivery.taken_by": "a worker's",
    "notifications_delivery.address": "the reader's, and goes with the row",
}
"""Plain columns that look as if they held a person's id or address, and what they hold."""
