"""The import target of web processes."""

from __future__ import annotations

from optilearn.serving.server import end_with_parent

end_with_parent()

from optilearn.serving.application import application  # noqa: E402 - Django is slow to load

__all__ = ["application"]
