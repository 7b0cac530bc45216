"""Explanations of the outcomes of deliveries, for administrators."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.notifications.definitions import Label

RULES: Final[dict[str, Label]] = {
    "preference": _("The person turned this off."),
    "inactive": _("The person isn't active any more."),
    "expired": _("It was of no use any more when it could have been sent."),
    "outdated": _("It wasn't true any more when it could have been sent."),
    "no_address": _("The person has no e-mail address."),
    "no_device": _("The person has no device that takes pushes."),
    "not_configured": _("No provider is set up for this channel."),
    "bounce": _("The address bounced or its owner complained, so nothing is sent there."),
    "duplicate": _("The same was told to this person a short time before."),
    "daily_cap": _("The person had as many messages today as the school allows."),
    "reengage_cooldown": _("The person was asked to come back a short time before."),
    "quiet_hours": _("It waits for the end of the person's quiet hours."),
}

REASONS: Final[dict[str, Label]] = {
    "missing_template": _("There is no template for it."),
    "broken_template": _("Its template can't be filled with what happened."),
    "invalid_address": _("The address doesn't exist."),
    "refused": _("The provider refused the message."),
    "misconfigured": _("The provider doesn't accept our settings."),
    "unreachable": _("The provider couldn't be reached."),
    "timeout": _("The provider didn't answer in time."),
    "no_reply": _("The connection to the provider was lost."),
    "rate_limited": _("The provider asked us to slow down."),
    "quota_exceeded": _("The provider's quota is used up."),
    "unavailable": _("The provider had a failure of its own."),
    "deferred": _("The recipient's mail server asked to try again later."),
    "no_time": _("There was no time left for all of the person's devices; the rest follow."),
    "in_progress": _("The provider was still working on an earlier attempt."),
    "gave_up": _("Every attempt broke off before its outcome could be written down."),
    "unsure": _("The provider may have it, but never said so; it isn't sent twice."),
    "provider_failed": _("The provider took it over and couldn't deliver it."),
    "permanent_bounce": _("It came back: the address doesn't take mails."),
    "soft_bounce": _("It came back: the mailbox couldn't take it just now."),
    "complaint": _("Its reader reported it as spam."),
    "invalid": _("The push service refused the message."),
    "push_credential": _("The push service doesn't accept our key for this kind of device."),
}

PROBLEMS: Final[dict[str, Label]] = {
    "expired": RULES["expired"],
    "no_answer": _("OptiCRM was asked many times whom this is for, and gave no answer."),
}
"""Reasons why a message never got all of its recipients."""

_NO_PUSH: Final = _("The person turned this off, or is told it in a digest, without a push.")


def explanation(rule: str, reason: str, channel: str = "") -> str:
    """Return one sentence in the reader's language; empty where there is nothing to explain."""
    if rule == "preference" and channel == "PUSH":
        return str(_NO_PUSH)
    return str(RULES.get(rule) or REASONS.get(reason) or "")
