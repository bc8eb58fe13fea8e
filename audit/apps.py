"""The audit trail: who did what."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the periodic job by which every relay anchors the chains."""

    name = "audit"

    def ready(self) -> None:
        from audit import anchors  # noqa: F401
