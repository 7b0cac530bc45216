from __future__ import annotations

from typing import Any

from django.core.management.commands.migrate import Command as DjangoMigrate


class Command(DjangoMigrate):
    """``migrate`` as the role that owns the tables."""

    def handle(self, *args: Any, **options: Any) -> None:
        """Migrate the same database through the owner's connection."""
        if options["database"] == "default":
            options["database"] = "owner"
        super().handle(*args, **options)
