from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from optilearn.core.tenancy.context import tenant_context
from optilearn.crm.services import push_completions
from optilearn.institutions.selectors import institution_by_slug


class Command(BaseCommand):
    """Sends completions that are due, as the worker does."""

    help = "Tell OptiCRM of the completed courses that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the institution."""
        parser.add_argument("--institution", required=True, metavar="SLUG")

    def handle(self, *, institution: str, **_: Any) -> None:
        """Send them."""
        found = institution_by_slug(institution)
        if found is None:
            raise CommandError(f"There is no institution {institution!r}.")
        with tenant_context(found.id):
            sent = push_completions()
        self.stdout.write(f"{institution}: {sent} sent.")
