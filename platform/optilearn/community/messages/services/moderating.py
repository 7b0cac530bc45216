"""Members report messages; administrators see those with their context, and hide them or not.

That is all that anybody but the members ever sees of a conversation, and each look is audited.
"""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from optilearn.community.messages import policies
from optilearn.community.messages.rules import is_readable
from optilearn.community.messages.selectors.moderating import with_context
from optilearn.community.models import MessageReport
from optilearn.core import audit, clock
from optilearn.core.access.principal import Principal
from optilearn.core.errors import AppError, ErrorCode

Outcome = MessageReport.Outcome


@transaction.atomic
def report_message(*, principal: Principal, message_id: int, reason: str) -> None:
    """Report a message to administrators; a second time replaces the reason.

    A report that was answered is opened again. Raises ``AppError``: as ``policies.message_in``,
    CONFLICT for one's own message, and one that is hidden or deleted.
    """
    message, _place = policies.message_in(principal, message_id, lock=True)
    if message.author_id == principal.person_id:
        raise AppError(ErrorCode.CONFLICT, _("This is your own message; you can delete it."))
    if not is_readable(message.text, message.hidden_at):
        raise AppError(ErrorCode.CONFLICT, _("This message is gone."))
    opened = {"reason": reason, "outcome": None, "resolved_at": None, "resolved_by": None}
    MessageReport.objects.update_or_create(
        message=message,
        reporter_id=principal.person_id,
        defaults=opened,
        create_defaults={**opened, "created_at": clock.now()},
    )
    audit.record(action="message.report", actor=principal, target=f"message:{message_id}")


@transaction.atomic
def read_report(*, principal: Principal, report_id: int) -> dict[str, Any]:
    """Return a report with the message and those around it, and audit that it was read.

    Raises ``AppError`` as ``policies.judged_report``.
    """
    report = policies.judged_report(principal, report_id)
    audit.record(
        action="message.report_read",
        actor=principal,
        target=f"message:{report.message_id}",
        details={"report": report_id},
    )
    return with_context(report)


@transaction.atomic
def resolve_report(*, principal: Principal, report_id: int, outcome: str) -> None:
    """Hide the reported message from everybody, or let it stand; all its open reports are closed.

    The last decision holds. Raises ``AppError``: as ``policies.judged_report``, CONFLICT for
    hiding a message whose text is gone.
    """
    report = policies.judged_report(principal, report_id, lock=True)
    message, now = report.message, clock.now()
    if outcome == Outcome.HIDDEN and message.text == "":
        raise AppError(ErrorCode.CONFLICT, _("This message was deleted."))
    is_hidden = outcome == Outcome.HIDDEN
    message.hidden_at = (message.hidden_at or now) if is_hidden else None
    message.hidden_by_id = principal.caller_id if is_hidden else None
    message.save(update_fields=["hidden_at", "hidden_by"])
    decision = {"outcome": outcome, "resolved_at": now, "resolved_by_id": principal.caller_id}
    message.reports.filter(resolved_at=None).update(**decision)
    MessageReport.objects.filter(pk=report_id).update(**decision)
    audit.record(
        action="message.report_resolve",
        actor=principal,
        target=f"message:{message.pk}",
        details={"report": report_id, "outcome": outcome},
    )
