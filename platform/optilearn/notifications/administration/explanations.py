"""Explanations of the outcomes of deliveries, for administrators."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.notifications.definitions import Label

RULES: Final[dict[str, Label]] = {
    "preference": _("The person turned this off."),
    "inactive": _("The person isn't active any more."),
    "expired": _("It had expired before it could be sent."),
    "outdated": _("It was out of date before it could be sent."),
    "no_address": _("The person has no e-mail address."),
    "no_device": _("The person has no device for push notifications."),
    "not_configured": _("No provider is set up for this channel."),
    "bounce": _(
        "Nothing is sent to this address, because e-mails bounced or were reported as spam."
    ),
    "duplicate": _("The person got the same message a short time before."),
    "daily_cap": _("The person already got as many messages today as the school allows."),
    "reengage_cooldown": _("The person got a reminder to come back a short time before."),
    "quiet_hours": _("It will be sent when the person's quiet hours end."),
}

REASONS: Final[dict[str, Label]] = {
    "missing_template": _("There is no template for this message."),
    "broken_template": _("The template doesn't fit this message. Check the template."),
    "invalid_address": _("The address doesn't exist."),
    "refused": _("The provider refused the message."),
    "misconfigured": _("The provider doesn't accept our settings."),
    "unreachable": _("The provider couldn't be reached."),
    "timeout": _("The provider didn't answer in time."),
    "no_reply": _("The connection to the provider was lost."),
    "rate_limited": _("The provider asked us to slow down."),
    "quota_exceeded": _("The provider's quota is used up."),
    "attachments_unavailable": _("Its files couldn't be read from the store."),
    "unavailable": _("The provider had an internal error."),
    "deferred": _("The recipient's mail server asked to try again later."),
    "no_time": _(
        "There wasn't enough time for all of the person's devices. The rest will be tried again."
    ),
    "in_progress": _("The provider was still working on an earlier attempt."),
    "gave_up": _("Every attempt was interrupted before its result was recorded."),
    "unsure": _(
        "The provider may have accepted it without confirming. It wasn't sent again, so that it "
        "doesn't arrive twice."
    ),
    "provider_failed": _("The provider accepted it and couldn't deliver it."),
    "permanent_bounce": _("It bounced: the address doesn't accept e-mails."),
    "soft_bounce": _("It bounced: the mailbox can't accept e-mails at the moment."),
    "complaint": _("The recipient reported it as spam."),
    "invalid": _("The push service refused the message."),
    "push_credential": _("The push service doesn't accept our key for this kind of device."),
}

PROBLEMS: Final[dict[str, Label]] = {
    "expired": RULES["expired"],
    "no_answer": _("OptiCRM didn't answer who the recipients are, after many attempts."),
}
"""Reasons why a message never got all of its recipients."""

_NO_PUSH: Final = _("The person turned this off, or gets it in a digest, without a push.")


def explanation(rule: str, reason: str, channel: str = "") -> str:
    """Return one sentence in the reader's language; empty where there is nothing to explain."""
    if rule == "preference" and channel == "PUSH":
        return str(_NO_PUSH)
    return str(RULES.get(rule) or REASONS.get(reason) or "")
