"""The product's side of the work, loaded when a tick or a run needs it.

Definitions load without Django, secrets or a database.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import TypeVar

import dagster as dg

from pipelines.resources import use_product_settings

T = TypeVar("T")


class ProductUnavailableError(RuntimeError):
    """The product's records can't be read now."""


class Product:
    """Calls the product's functions; connections are closed after each call."""

    def plan(self) -> list[str]:
        """Write down what is due; return the slugs of the institutions that have work.

        Raises ``ProductUnavailableError``.
        """
        return self._call(lambda api: api.plan_work())

    def snapshot_requests(self) -> dict[str, str]:
        """Return the ids of requested snapshots by the institution's slug.

        Raises ``ProductUnavailableError``.
        """
        return self._call(lambda api: dict(api.snapshot_requests()))

    def send_reports(self, slug: str) -> int:
        """Send an institution's scheduled reports that are due; return how many."""
        return self._call(lambda api: int(api.send_reports(slug)))

    def evaluate_alerts(self, slug: str) -> int:
        """Evaluate an institution's alerts on its newest snapshot; return how many."""
        return self._call(lambda api: int(api.evaluate_alerts(slug)))

    def _call(self, work: Callable[[ModuleType], T]) -> T:
        api = _api()
        try:
            return work(api)
        except api.RecordsUnavailableError as error:
            raise ProductUnavailableError(str(error)) from error
        finally:
            api.close_connections()


def _api() -> ModuleType:
    import django  # noqa: PLC0415 - definitions load without it
    from django.apps import apps  # noqa: PLC0415

    use_product_settings()
    if not apps.ready:
        django.setup()
    from optilearn.analytics import pipeline_api  # noqa: PLC0415

    return pipeline_api


@dg.resource(description="The product's schedules and alerts; reads its settings when used.")
def product_resource(_: dg.InitResourceContext) -> Product:
    """The resource of every run that Dagster launches."""
    return Product()
