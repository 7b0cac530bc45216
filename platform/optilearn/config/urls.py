"""URL configuration."""

from __future__ import annotations

from django.urls import path, re_path

from optilearn.config.api import api
from optilearn.core.http.errors import not_found_envelope
from optilearn.notifications.unsubscribing.urls import urls as unsubscribing_urls
from optilearn.recognition.certificates.urls import urls as verifying_urls
from optilearn.web.urls import urls as pages

urlpatterns = [
    path("api/", api.urls),
    re_path(r"^api(/.*)?$", not_found_envelope),
    *unsubscribing_urls,
    *verifying_urls,
    *pages,
]
handler400 = "optilearn.web.error_views.bad_request"
handler404 = "optilearn.web.error_views.not_found"
handler500 = "optilearn.web.error_views.failed"
