"""The API of the community."""

from __future__ import annotations

from ninja import Router

from optilearn.community.announcements.api import router as announcements
from optilearn.community.discussions.api import router as discussions
from optilearn.community.messages.api import router as messages

router = Router()
router.add_router("", announcements)
router.add_router("", discussions)
router.add_router("", messages)
