"""Why a delivery ended as it did, in words for administrators."""

from __future__ import annotations

from typing import Final

from django.utils.translation import gettext_lazy as _

from optilearn.notifications.definitions import Label

RULES: Final[dict[str, Label]] = {
    "preference": _("The person turned this off."),
    "inactive": _("The person isn't active any more."),
    "expired": _("It was of no use any more when it could have been sent."),
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
    "in_progress": _("The provider was still working on an earlier attempt."),
    "unsure": _("The provider may have it, but never said so; it isn't sent twice."),
    "provider_failed": _("The provider took it over and couldn't deliver it."),
}


def explanation(rule: str, reason: str) -> str:
    """One sentence in the reader's language; empty where there is nothing to explain."""
    return str(RULES.get(rule) or REASONS.get(reason) or "")
