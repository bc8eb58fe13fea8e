"""``python -m tests.servers.prepare TENANT …``: make the tables, these tenants and their tokens; prints them as JSON.

One process does all of it, since each process has to load the whole system first.
"""

import json
import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.core.management import call_command  # noqa: E402

from tenants.auth.authentication import create_token  # noqa: E402
from tenants.context import ALL_SCOPES  # noqa: E402
from tenants.models import Tenant  # noqa: E402

SCOPES = {"all": ALL_SCOPES, "orders:read": {"orders:read"}}


def main(slugs: list[str]) -> None:
    """Make everything that clients need; a tenant that is there, such as the default one, stays."""
    call_command("migrate", verbosity=0, interactive=False)
    tokens = {}
    for slug in slugs:
        tenant, _ = Tenant.objects.get_or_create(slug=slug, defaults={"name": slug})
        for name, scopes in SCOPES.items():
            _, tokens[f"{slug} {name}"] = create_token(tenant=tenant, name="tests", scopes=scopes)
    print(json.dumps(tokens))


if __name__ == "__main__":
    main(sys.argv[1:])
