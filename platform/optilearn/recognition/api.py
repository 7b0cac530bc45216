"""The API of recognition."""

from __future__ import annotations

from ninja import Router

from optilearn.recognition.certificates.api import router as certificates
from optilearn.recognition.open_badges.api import router as open_badges
from optilearn.recognition.paths.api import router as paths
from optilearn.recognition.points.api import router as points

router = Router()
for part in (certificates, open_badges, paths, points):
    router.add_router("", part)
