"""Counts of the schema's use, for tests that are about rows of any kind."""

from django.utils import timezone

from graphql_api.clients.models import SchemaUse


def use_schema(coordinate: str) -> SchemaUse:
    """One use of a part of the schema, for the current tenant."""
    now = timezone.now()
    row: SchemaUse = SchemaUse.objects.create(coordinate=coordinate, count=1, first_used_at=now, last_used_at=now)
    return row
