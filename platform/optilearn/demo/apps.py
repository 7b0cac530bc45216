from django.apps import AppConfig


class DemoConfig(AppConfig):
    """Institutions to try the product on: a real university's records and a made-up school."""

    name = "optilearn.demo"
