"""``python -m benchmarks.peers.prepare_ours``: migrate our database, and print a token for it."""

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.core.management import call_command  # noqa: E402

from tenants.auth.authentication import create_token  # noqa: E402
from tenants.models import Tenant  # noqa: E402

if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    tenant = Tenant.objects.get(slug=settings.DEFAULT_TENANT)
    _, token = create_token(tenant=tenant, name="benchmarks", scopes={"orders:read", "orders:write"})
    print(token)
