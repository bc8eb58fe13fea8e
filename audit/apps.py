"""Who did what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """The audit trail; every relay anchors it."""

    name = "audit"

    def ready(self) -> None:
        from audit import anchors  # noqa: F401
