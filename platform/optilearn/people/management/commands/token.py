from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from optilearn.core.access.roles import Role
from optilearn.core.access.tokens import encode
from optilearn.institutions.selectors import institution_by_slug
from optilearn.people.selectors import principal_by_code, session_claims


class Command(BaseCommand):
    """Mints a session token, as OptiCRM would. Development only."""

    help = "Print a session token of a person (development only)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Add the person and the institution."""
        parser.add_argument("--institution", required=True, metavar="SLUG")
        parser.add_argument("--role", required=True, choices=[r.value for r in Role])
        parser.add_argument("--person", metavar="CODE", help="default: the first of the role")

    def handle(self, *, institution: str, role: str, person: str | None, **_: Any) -> None:
        """Print the token alone, so that a shell can take it."""
        if not settings.DEBUG:
            raise CommandError("Tokens are only minted in development; OptiCRM signs people in.")
        found = institution_by_slug(institution)
        if found is None:
            raise CommandError(f"There is no institution {institution!r}.")
        try:
            principal = principal_by_code(found, Role(role), person)
        except LookupError as error:
            raise CommandError(str(error)) from error
        claims = session_claims(principal, found)
        secret, name = settings.AUTH_SECRETS[0], settings.AUTH_COOKIE
        self.stdout.write(encode(claims, secret=secret, cookie_name=name))
