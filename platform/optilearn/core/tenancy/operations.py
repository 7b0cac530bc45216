"""Migration operations for tenant-owned tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.migrations.operations import CreateModel


class CreatePartitionedModel(CreateModel):
    """``CreateModel`` of a table hashed by institution over a number of partitions.

    One institution's rows lie in one partition, so its reads touch one table of a
    reasonable size, and its indexes stay shallow.
    """

    def __init__(self, *args: Any, partitions: int, **kwargs: Any) -> None:
        self.partitions = partitions
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        """As ``CreateModel``, with the number of partitions."""
        name, args, kwargs = super().deconstruct()
        return name, args, kwargs | {"partitions": self.partitions}

    def database_forwards(
        self, app_label: str, editor: Any, from_state: Any, to_state: Any
    ) -> None:
        """Create the table and its partitions."""
        editor.partitions = self.partitions
        try:
            super().database_forwards(app_label, editor, from_state, to_state)
        finally:
            editor.partitions = 0
