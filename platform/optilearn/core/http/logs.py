"""Logs as JSON lines, one object each, without personal data."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any, Final

FIELDS: Final = ("request_id", "method", "route", "status", "ms", "institution_id", "role")
"""What a record may carry beside its message. Names, addresses, paths with ids, queries and
bodies are not among them."""


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
