"""xAPI over HTTP: its resources for statements and for state."""

from __future__ import annotations

from ninja import Router

from optilearn.activity.xapi.api.state import router as state
from optilearn.activity.xapi.api.statements import router as statements

router = Router()
for part in (statements, state):
    router.add_router("", part)
