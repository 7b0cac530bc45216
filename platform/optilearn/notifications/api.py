"""The operations of all features of notifications, as one router."""

from __future__ import annotations

from ninja import Router

from optilearn.notifications.addresses.api import router as addresses
from optilearn.notifications.administration.api import router as administration
from optilearn.notifications.devices.api import router as devices
from optilearn.notifications.inbox.api import router as inbox
from optilearn.notifications.preferences.api import router as preferences
from optilearn.notifications.templating.api import router as templating
from optilearn.notifications.webhooks.api import router as webhooks

router = Router(by_alias=True)
for _part in (inbox, preferences, devices, administration, templating, webhooks, addresses):
    router.add_router("", _part)
