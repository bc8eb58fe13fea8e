"""The orders."""

from django.apps import AppConfig


class OrdersConfig(AppConfig):
    """Imports the receivers, which registers them: without this no receiver ever runs."""

    name = "orders"

    def ready(self) -> None:
        from orders import signals  # noqa: F401
        from orders.integrity import bypass_gauge  # noqa: F401
