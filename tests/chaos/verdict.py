"""What everybody holds in the end, compared with what PostgreSQL says of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.links import delivery_token
from tests.chaos.servers import World


@dataclass
class Verdict:
    """Counts to print, and what is wrong."""

    counts: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)

    def check(self, name: str, found: Any, *, is_right: bool) -> None:
        """Note a number, and complain unless it is right."""
        self.counts[name] = found
        if not is_right:
            self.wrong.append(f"{name}: {found}")


@dataclass(frozen=True)
class Row:
    """One delivery in the end."""

    id: int
    person_id: int
    channel: str
    status: str
    rule: str
    provider: str
    attempts: int
    day: Any


def rows_of(institution_id: int) -> list[Row]:
    """Every delivery."""
    with tenant_context(institution_id), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, person_id, channel, status, rule, provider, attempts, counted_on "
            "FROM notifications_delivery ORDER BY id"
        )
        return [Row(*row) for row in cursor.fetchall()]


@dataclass(frozen=True)
class Expected:
    """What was done, and what follows from it."""

    sent: int
    sleepers: set[int]
    woke: datetime
    lost_replies: dict[str, int]
    """How often SMTP and FCM took a message and didn't say so."""
    killed: int
    """Attempts that were cut short at most: one for each kill, one a worker for each restart."""


def evaluate(world: World, institution_id: int, expected: Expected) -> Verdict:
    """Once where the provider honours keys; final everywhere; never at night nor too much."""
    verdict = Verdict()
    rows = rows_of(institution_id)
    states = Counter((row.channel, row.status, row.rule) for row in rows)
    for (channel, status, rule), count in sorted(states.items()):
        verdict.counts[f"{channel} {status} {rule}".strip()] = count
    unfinished = sum(row.status not in {"SENT", "SKIPPED"} for row in rows)
    verdict.check("deliveries not in a final state, or failed", unfinished, is_right=not unfinished)
    verdict.check("deliveries", len(rows), is_right=len(rows) == 3 * expected.sent)
    _inbox(verdict, rows, expected.sent)
    _copies(verdict, world, institution_id, rows, expected)
    _nights(verdict, world, rows, institution_id, expected)
    _cap(verdict, rows)
    return verdict


def _inbox(verdict: Verdict, rows: list[Row], sent: int) -> None:
    shown = sum(row.channel == "IN_APP" and row.status == "SENT" for row in rows)
    verdict.check("in the inboxes", shown, is_right=shown == sent)


def _copies(
    verdict: Verdict, world: World, institution_id: int, rows: list[Row], expected: Expected
) -> None:
    providers = world.providers
    by_token = {delivery_token(institution_id, row.id): row for row in rows}
    resend = Counter(_token(accepted.message_id) for accepted in providers.resend.taken.values())
    smtp = Counter(_token(mail.message_id) for mail in providers.smtp.mails)
    pushed = Counter(push.tag for push in providers.fcm.pushed)
    strange = (set(resend) | set(smtp) | set(pushed)) - set(by_token)
    verdict.check("messages that no delivery is behind", len(strange), is_right=not strange)
    found: Counter[str] = Counter()
    for token, row in by_token.items():
        copies = resend[token] + smtp[token] + pushed[token]
        if row.channel == "IN_APP":
            continue
        if row.status == "SENT":
            found["lost"] += copies == 0
            found["by both providers of e-mail"] += bool(resend[token] and smtp[token])
            found["twice by Resend"] += resend[token] > 1
            found["more copies than attempts"] += copies > row.attempts
            found["second copies by SMTP"] += max(0, smtp[token] - 1)
            found["second copies by FCM"] += max(0, pushed[token] - 1)
        else:
            found["sent though skipped"] += copies > 0
    verdict.counts["mails by Resend"], verdict.counts["mails by SMTP"] = len(resend), len(smtp)
    verdict.counts["pushes"] = len(pushed)
    for provider, lost in expected.lost_replies.items():
        second = found.pop(f"second copies by {provider}", 0)
        maximum = lost + expected.killed
        name = f"second copies by {provider} (at most {maximum})"
        verdict.check(name, second, is_right=second <= maximum)
    for name, count in found.items():
        verdict.check(name, count, is_right=not count)


def _token(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


def _nights(
    verdict: Verdict,
    world: World,
    rows: list[Row],
    institution_id: int,
    expected: Expected,
) -> None:
    sleepers, woke = expected.sleepers, expected.woke
    asleep = {delivery_token(institution_id, r.id) for r in rows if r.person_id in sleepers}
    at: dict[str, list[float]] = defaultdict(list)
    for accepted in world.providers.resend.taken.values():
        at[_token(accepted.message_id)].append(accepted.at)
    for mail in world.providers.smtp.mails:
        at[_token(mail.message_id)].append(mail.at)
    for push in world.providers.fcm.pushed:
        at[push.tag].append(push.at)
    early = sum(min(at[token]) < woke.timestamp() for token in asleep if token in at)
    verdict.counts["sent to sleepers after they woke"] = sum(token in at for token in asleep)
    verdict.check("sent in quiet hours", early, is_right=not early)


def _cap(verdict: Verdict, rows: list[Row]) -> None:
    per_day = Counter(
        (row.person_id, row.day) for row in rows if row.channel != "IN_APP" and row.status == "SENT"
    )
    maximum = max(per_day.values(), default=0)
    verdict.check("most e-mails and pushes to one person in a day", maximum, is_right=maximum <= 8)
