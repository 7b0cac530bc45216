"""The import target of web processes."""

from __future__ import annotations

from optilearn.serving.server import end_with_parent

end_with_parent()

from django.urls import get_resolver  # noqa: E402 - Django is slow to load

from optilearn.serving.application import application  # noqa: E402

# Every view, and with them the report engine: else the first person to ask waits for their import.
_ = get_resolver().url_patterns

__all__ = ["application"]
