"""The product with its rivals beside it, for granian: one process, the same middleware for all."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "optilearn.config.settings")

from django.conf import settings

settings.ROOT_URLCONF = "benchmarks.api.urls"

from django.core.wsgi import get_wsgi_application  # noqa: E402  (settings first)
from django.urls import get_resolver  # noqa: E402

application = get_wsgi_application()
_ = get_resolver().url_patterns  # as optilearn.serving.worker: nobody waits for imports
