from __future__ import annotations

from django.apps import AppConfig


class CrmConfig(AppConfig):
    """OptiCRM: the client, the copy of its people, and what it is told."""

    name = "optilearn.crm"
