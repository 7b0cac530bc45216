"""The API, assembled from the apps' routers."""

from __future__ import annotations

from ninja import NinjaAPI

from optilearn.analytics.api import router as analytics
from optilearn.core.http.auth import SessionAuth
from optilearn.core.http.errors import register_errors
from optilearn.people.api import router as people

api = NinjaAPI(
    title="OptiLearn",
    version="1",
    description="The learning platform's API. Every answer is an envelope: data or error.",
    auth=SessionAuth(),
    urls_namespace="api",
)
register_errors(api)
api.add_router("/analytics", analytics)
api.add_router("", people)
