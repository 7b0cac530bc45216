"""Requests and responses of the API of suppressed addresses."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from optilearn.core.http.envelope import CamelSchema
from optilearn.core.http.pages import PageQuery

Reason = Literal["permanent_bounce", "complaint", "soft_bounces"]


class AddressQuery(PageQuery):
    """Filters of the list; the newest first."""

    q: str | None = Field(None, max_length=254, description="Part of the address.")
    reason: Reason | None = None


class SuppressedAddress(CamelSchema):
    """An address that nothing is sent to."""

    id: int
    address: str
    reason: Reason
    detail: str
    """The provider's own words."""
    suppressed_at: datetime
