"""Logs as JSON lines, one object each, without personal data."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

FIELDS: Final = ("request_id", "method", "route", "status", "ms", "institution_id", "role")
"""Fields that a log record may carry beside its message. Names, addresses, paths with ids, queries
and bodies are not among them."""


class WithoutPaths(logging.Filter):
    """Takes the paths out of what Django logs of refused requests.

    They hold ids of people, and the signatures of addresses that open files.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Name the route instead. Always lets the record pass."""
        request = getattr(record, "request", None)
        match = getattr(request, "resolver_match", None)
        if isinstance(record.args, tuple) and record.args:
            record.args = (*record.args[:-1], f"/{match.route}" if match else "(no route)")
        return True


class JsonFormatter(logging.Formatter):
    """For production, where a machine reads the logs."""

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
