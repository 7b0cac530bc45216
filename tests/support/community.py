"""A school whose people write to each other, over HTTP, at a time that a test moves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from optilearn.core.clock import frozen
from optilearn.core.tenancy.context import tenant_context
from optilearn.notifications.delivery.expansion import expand
from optilearn.notifications.models import Delivery
from tests.support.client import call, token_of
from tests.support.twins import Twin

NOON: Final = datetime(2026, 3, 2, 12, tzinfo=UTC)


class School:
    """One of the twins, at a moment."""

    def __init__(self, twin: Twin) -> None:
        self.twin = twin
        self.now = NOON

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work in the institution, now."""
        with tenant_context(self.twin.id), frozen(self.now):
            yield

    def ask(self, name: str, method: str, path: str, **body: Any) -> tuple[int, Any]:
        """One request of that person: the status, and the data or the error."""
        token = token_of(self.twin, name)
        with frozen(self.now):
            status, answer = call(method, f"/api/{path}", token=token, body=body or None)
        return status, answer["data"] if status < 400 else answer["error"]

    def done(self, name: str, method: str, path: str, **body: Any) -> Any:
        """The data of a request that succeeds."""
        status, answer = self.ask(name, method, path, **body)
        assert status < 300, answer
        return answer

    def refused(self, name: str, method: str, path: str, **body: Any) -> tuple[int, str]:
        """The status and the code of a refusal, or the place of a value that is refused."""
        status, error = self.ask(name, method, path, **body)
        assert status >= 400, error
        details = error.get("details")
        has_place = isinstance(details, list) and details and "path" in details[0]
        return status, details[0]["path"] if has_place else error["code"]

    def notified(self, key: str) -> list[str]:
        """The people who were sent messages of a key, after the workers have looked them up."""
        with self.inside():
            expand()
            sent = Delivery.objects.filter(key=key, channel="IN_APP")
            return sorted(sent.values_list("person__code", flat=True))
