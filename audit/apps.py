"""The audit trail."""

from django.apps import AppConfig


class AuditConfig(AppConfig):
    """Registers the periodic job by which every dispatcher anchors the chains."""

    name = "audit"

    def ready(self) -> None:
        from audit import anchors  # noqa: F401
