"""Our API, and the same endpoints in three other ways."""

from __future__ import annotations

from django.urls import path

from benchmarks.api import bare, values
from benchmarks.api.plain import plain
from optilearn.config.api import api

urlpatterns = [
    path("api/plain/", plain.urls),
    path("api/values/courses", values.courses),
    path("api/values/learning/courses", values.my_courses),
    path("api/values/learning/courses/<int:course_id>", values.course),
    path("api/values/courses/<int:course_id>/enrollments", values.roster),
    path("api/values/activity/events", values.activity),
    path("api/values/notifications", values.inbox),
    path("api/bare/notifications", bare.inbox),
    path("api/bare/courses", bare.courses),
    path("api/bare/learning/courses", bare.my_courses),
    path("api/bare/learning/courses/<int:course_id>", bare.course),
    path("api/bare/courses/<int:course_id>/enrollments", bare.roster),
    path("api/bare/activity/events", bare.activity),
    path("api/", api.urls),
]
