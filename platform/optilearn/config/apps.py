from django.apps import AppConfig


class ConfigConfig(AppConfig):
    """The product's own commands."""

    name = "optilearn.config"
