"""The documents that clients have published, and the parts of the schema that they use."""

from typing import ClassVar

from django.db import models
from django.utils import timezone

from tenants.models import TenantOwned
from tenants.values.identifiers import uuid7


class PublishedDocument(models.Model):
    """A GraphQL document that a client has published. All processes of all releases know it, for every tenant.

    On PostgreSQL the system's login adds the documents of its release, and changes and removes none (``LOGIN_MAY``).
    """

    LOGIN_MAY: ClassVar = ("SELECT", "INSERT")

    digest = models.CharField(max_length=64, primary_key=True, help_text="The SHA-256 of the text, in hexadecimal.")
    client = models.CharField(max_length=64)
    name = models.CharField(max_length=200, help_text="The name of its file.")
    text = models.TextField()
    published_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.client}/{self.name}"


class SchemaUse(TenantOwned):
    """The number of times that a version of a client has used a part of the schema, for one tenant."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    coordinate = models.CharField(max_length=200, help_text="Such as Order.total or Query.orders(where:).")
    client = models.CharField(max_length=64, blank=True, help_text="Empty for clients that send no name.")
    client_version = models.CharField(max_length=64, blank=True)
    count = models.BigIntegerField(help_text="Operations since the first use. An operation counts once.")
    first_used_at = models.DateTimeField()
    last_used_at = models.DateTimeField()

    class Meta:
        verbose_name = "use of the schema"
        verbose_name_plural = "uses of the schema"
        constraints = [
            models.UniqueConstraint(
                fields=["tenant", "coordinate", "client", "client_version"], name="schema_use_once"
            ),
        ]
        indexes = [models.Index(fields=["tenant", "last_used_at", "id"], name="schema_use_by_time")]

    def __str__(self) -> str:
        return f"{self.coordinate} {self.client} {self.client_version}".rstrip()
