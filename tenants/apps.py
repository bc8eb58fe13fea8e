"""Tenants, their people and their tokens."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class TenantsConfig(AppConfig):
    """Keeps the default tenant in place after every migration and flush."""

    name = "tenants"

    def ready(self) -> None:
        from tenants.db import checks  # noqa: F401
        from tenants.db.replica.reading import note_commits
        from tenants.defaults import ensure_default_tenant

        post_migrate.connect(ensure_default_tenant, sender=self, dispatch_uid="tenants.ensure_default_tenant")
        note_commits()
