"""The kinds of saved items, for routers, which import no models."""

from __future__ import annotations

from typing import TypeAlias

from optilearn.analytics.models import SavedItem

Kind: TypeAlias = SavedItem.Kind
