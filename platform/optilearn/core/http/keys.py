"""Ids in requests."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

Key = Annotated[int, Field(ge=1, le=2**63 - 1)]
"""The id of a record: what PostgreSQL's bigint can hold, so that another number is a 400."""
