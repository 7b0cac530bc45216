"""The tables of institutions that other apps' statements may read."""

from __future__ import annotations

from typing import Final

from optilearn.core.sql import Relation

INSTITUTIONS: Final = Relation("institutions_institution")
"""Time zones and settings."""
TERMS: Final = Relation("institutions_term")
"""Codes of terms."""
