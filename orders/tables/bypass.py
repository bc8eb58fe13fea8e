"""Changes that bypassed the services."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils import timezone

from tenants.models import TenantOwned


class Bypass(TenantOwned):
    """A change of an order's rows that bypassed the services. A trigger of PostgreSQL notices it at the commit.

    The trigger compares the order, as the transaction leaves it, with what its newest event says. On SQLite there is no
    such trigger, and this table stays empty; ``manage.py orders bypass --compare`` works on both. The system's login
    may mark rows as recorded, and neither add nor remove any (``LOGIN_MAY``): the triggers' functions run as the owner.
    """

    LOGIN_MAY: ClassVar = ("SELECT", "UPDATE (recorded_at)")

    order_id = models.UUIDField()
    operation = models.CharField(max_length=20, help_text="INSERT, UPDATE or DELETE of the order, or of its lines.")
    columns = models.JSONField(default=list, help_text="The columns that an UPDATE changed.")
    database_user = models.CharField(max_length=63, help_text="Who was connected to the database.")
    application = models.CharField(
        max_length=64, blank=True, help_text="What the connection said it was, such as psql."
    )
    transaction_id = models.BigIntegerField(help_text="PostgreSQL's, as in its log.")
    noticed_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(
        null=True, help_text="When an order.changed_out_of_band event recorded it, if one did."
    )

    class Meta:
        db_table = "orders_bypass"
        verbose_name_plural = "bypasses"
        indexes = [
            models.Index(fields=["tenant", "order_id"], condition=Q(recorded_at=None), name="bypass_unrecorded"),
            models.Index(fields=["tenant", "noticed_at"], name="bypass_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.operation} of {self.order_id}"
