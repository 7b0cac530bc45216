"""The API, assembled from the apps' routers."""

from __future__ import annotations

from optilearn.activity.api import router as activity
from optilearn.activity.xapi.api import router as xapi
from optilearn.analytics.api import router as analytics
from optilearn.assessment.api import router as assessment
from optilearn.calendars.api import router as calendars
from optilearn.community.api import router as community
from optilearn.compliance.api import router as compliance
from optilearn.core.http.auth import SessionAuth
from optilearn.core.http.errors import register_errors
from optilearn.core.http.openapi import PublishedAPI
from optilearn.core.http.parsing import StrictParser
from optilearn.courses.api import router as courses
from optilearn.crm.api import router as crm
from optilearn.enrollment.api import router as enrollment
from optilearn.files.api import router as files
from optilearn.files.objects_api import router as objects
from optilearn.institutions.api import router as institutions
from optilearn.languages.api import router as languages
from optilearn.live.api import router as live
from optilearn.live.recordings.api import router as recordings
from optilearn.notifications.api import router as notifications
from optilearn.parents.api import router as parents
from optilearn.people.api import router as people
from optilearn.privacy.api import router as privacy
from optilearn.recognition.api import router as recognition

api = PublishedAPI(
    title="OptiLearn",
    version="1",
    description="The learning platform's API. Every answer is an envelope: data or error.",
    auth=SessionAuth(),
    urls_namespace="api",
    parser=StrictParser(),
)
register_errors(api)
api.add_router("/analytics", analytics)
for router in (
    people,
    institutions,
    crm,
    files,
    objects,
    courses,
    enrollment,
    assessment,
    activity,
    xapi,
    live,
    recordings,
    calendars,
    languages,
    parents,
    community,
    recognition,
    compliance,
    notifications,
    privacy,
):
    api.add_router("", router)
