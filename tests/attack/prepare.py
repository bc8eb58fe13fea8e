"""``python -m tests.attack.prepare TENANT …``: make the tables, these tenants and their tokens; prints them as JSON.

One process does it all, since each has to load the whole system first.
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
    """Everything that the attacks find."""
    call_command("migrate", verbosity=0, interactive=False)
    tokens = {}
    for slug in slugs:
        tenant = Tenant.objects.create(slug=slug, name=slug)
        for name, scopes in SCOPES.items():
            _, tokens[f"{slug} {name}"] = create_token(tenant=tenant, name="attack", scopes=scopes)
    print(json.dumps(tokens))


if __name__ == "__main__":
    main(sys.argv[1:])
