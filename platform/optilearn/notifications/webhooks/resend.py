"""Reports of Resend: deliveries, bounces, complaints (docs/protocols.md#resend)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from optilearn.core.clock import now
from optilearn.core.jsontext import read_json
from optilearn.core.tenancy.context import tenant_context
from optilearn.institutions.selectors import institution_by_id
from optilearn.notifications import links
from optilearn.notifications.addresses import services as addresses
from optilearn.notifications.delivery.marks import release_marks
from optilearn.notifications.models import Delivery, WebhookReceipt
from optilearn.notifications.outbox.rows import copy_outcome_to_items
from optilearn.notifications.policy import NotificationPolicy, policy_of
from optilearn.notifications.rules import DIGEST_KEYS

log = logging.getLogger(__name__)

TAG: Final = "optilearn"
"""The tag of our e-mails that identifies their delivery."""
FAILED: Final = "failed"
_MAX_HISTORY: Final = 50
_LONGEST: Final = 500


@dataclass(frozen=True)
class Report:
    """One event of one e-mail."""

    what: str
    """``delivered``, ``bounced``, ``complained``, ``delivery_delayed`` …"""
    at: datetime
    data: Mapping[str, Any]

    @property
    def why(self) -> str:
        """The cause as the provider describes it."""
        parts = [self._cause(name) for name in ("bounce", "failed", "suppressed")]
        return " ".join(part for part in parts if part).replace("\0", "")[:_LONGEST]

    def _cause(self, name: str) -> str:
        cause = self.data.get(name)
        if not isinstance(cause, Mapping):
            return ""
        names = ("type", "subType", "reason", "message")
        return " ".join(str(cause[part]) for part in names if cause.get(part))

    @property
    def bounce_type(self) -> str:
        """Permanent, Transient or Undetermined."""
        bounce = self.data.get("bounce")
        return str(bounce.get("type", "")) if isinstance(bounce, Mapping) else ""

    @property
    def recipient(self) -> str:
        """The recipient's address."""
        to = self.data.get("to")
        first = to[0] if isinstance(to, list) and to else to
        return first.rpartition("<")[2].rstrip(">") if isinstance(first, str) else ""


def receive(message_id: str, body: bytes) -> None:
    """Process a report whose signature was verified; repetitions change nothing.

    A report that isn't about a delivery of ours is logged and ignored: an error would only make
    the provider send it again.
    """
    report, token = _read(body)
    about = links.verified(links.DELIVERY, token) if report else None
    if report is None or about is None:
        log.warning("Webhook %s is about no delivery of ours.", message_id)
        return
    try:
        institution = institution_by_id(about.institution_id)
    except ObjectDoesNotExist:
        log.warning("Webhook %s is about an institution that is gone.", message_id)
        return
    policy = policy_of(institution.settings)
    with tenant_context(institution.id), transaction.atomic():
        _, is_new = WebhookReceipt.objects.get_or_create(message_id=message_id)
        if is_new:
            _apply(report, about.subject_id, policy)


def times_failed(delivery_id: int) -> int:
    """Return how often the provider reported that a delivery failed after it accepted it."""
    history = Delivery.objects.filter(pk=delivery_id).values_list("history", flat=True).first()
    return sum(line["what"] == FAILED for line in history or ())


def _read(body: bytes) -> tuple[Report | None, str]:
    try:
        said = read_json(body)
    except ValueError:
        return None, ""
    data = said.get("data") if isinstance(said, dict) else None
    if not isinstance(data, dict):
        return None, ""
    kind = str(said.get("type", ""))
    return Report(kind.removeprefix("email."), _instant(said.get("created_at")), data), _token(data)


def _token(data: Mapping[str, Any]) -> str:
    """Return our tag; tags come as an object or as a list of names and values."""
    tags = data.get("tags")
    if isinstance(tags, list):
        tags = {str(tag.get("name")): tag.get("value") for tag in tags if isinstance(tag, dict)}
    return str(tags.get(TAG, "")) if isinstance(tags, dict) else ""


def _instant(text: Any) -> datetime:
    try:
        at = datetime.fromisoformat(str(text))
        return at.replace(tzinfo=at.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return now()


def _apply(report: Report, delivery_id: int, policy: NotificationPolicy) -> None:
    effect = _EFFECTS.get(report.what)
    if effect is None:  # sent, opened, clicked: reading isn't tracked
        return
    delivery = Delivery.objects.select_for_update().filter(pk=delivery_id).first()
    address = (delivery.address if delivery else "") or report.recipient
    effect(report, address, policy, delivery)
    if delivery is None:  # purged already; the report on the address still counts
        return
    delivery.provider_id = delivery.provider_id or str(report.data.get("email_id", ""))[:_LONGEST]
    line = {"at": report.at.isoformat(timespec="seconds").replace("+00:00", "Z")}
    line |= {"what": report.what, "why": report.why}
    delivery.history = [*delivery.history, line][-_MAX_HISTORY:]
    delivery.save(
        update_fields=["status", "reason", "sent_at", "delivered_at", "provider_id", "history"]
    )
    if delivery.key in DIGEST_KEYS:
        copy_outcome_to_items([delivery.pk])


Effect = Callable[[Report, str, NotificationPolicy, Delivery | None], None]


def _delivered(report: Report, _address: str, _policy: Any, delivery: Delivery | None) -> None:
    """Record the arrival. It clears no bounce of the address: reports come in any order."""
    if delivery is None:
        return
    delivery.delivered_at = delivery.delivered_at or report.at
    if delivery.status == Delivery.Status.FAILED:  # it arrived after all, so it isn't sent again
        delivery.sent_at = delivery.sent_at or report.at
        delivery.status, delivery.reason = Delivery.Status.SENT, ""


def _bounced(
    report: Report, address: str, policy: NotificationPolicy, delivery: Delivery | None
) -> None:
    if report.bounce_type == "Permanent":
        addresses.suppress(address, "permanent_bounce", report.why)
        _set_reason(delivery, "permanent_bounce")
    elif report.bounce_type == "Transient":
        addresses.soft_bounce(address, report.at.date(), policy, report.why)
        _set_reason(delivery, "soft_bounce")
    # Undetermined can be an automatic reply: it is in the history, and doesn't count.


def _complained(report: Report, address: str, _policy: Any, delivery: Delivery | None) -> None:
    addresses.suppress(address, "complaint", report.why)
    _set_reason(delivery, "complaint")


def _suppressed(report: Report, address: str, _policy: Any, delivery: Delivery | None) -> None:
    """Suppress the address, as the provider does itself."""
    addresses.suppress(address, "permanent_bounce", report.why)
    _set_reason(delivery, "permanent_bounce")


def _failed(_report: Report, _address: str, _policy: Any, delivery: Delivery | None) -> None:
    if delivery is None or delivery.delivered_at is not None:
        return
    delivery.status = Delivery.Status.FAILED
    delivery.reason = "provider_failed"
    release_marks([delivery])


def _delayed(_report: Report, _address: str, _policy: Any, _delivery: Delivery | None) -> None:
    """Change nothing: the line in the history is enough."""


_WEIGHT: Final = {"soft_bounce": 1, "permanent_bounce": 2, "complaint": 3}


def _set_reason(delivery: Delivery | None, reason: str) -> None:
    """Record the worst reason reported so far: reports come in any order."""
    if delivery is not None and _WEIGHT[reason] > _WEIGHT.get(delivery.reason, 0):
        delivery.reason = reason


_EFFECTS: Final[dict[str, Effect]] = {
    "delivered": _delivered,
    "bounced": _bounced,
    "complained": _complained,
    "suppressed": _suppressed,
    FAILED: _failed,
    "delivery_delayed": _delayed,
}
