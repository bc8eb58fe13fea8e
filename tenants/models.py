"""Tenants, their people and their tokens."""

from collections.abc import Callable, Collection
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self, TypeVar

from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models.base import ModelState
from django.utils import timezone

from tenants.context import current_tenant_id
from tenants.values.identifiers import uuid7


class Tenant(models.Model):
    """A customer of this system; every order, event and audit record belongs to exactly one."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    slug = models.SlugField(max_length=63, unique=True, help_text="Short name in addresses and logs.")
    name = models.CharField(max_length=200)
    default_currency = models.CharField(
        max_length=3, default="EUR", help_text="ISO 4217; used where an order names none."
    )
    is_active = models.BooleanField(default=True, help_text="An inactive tenant can neither log in nor call.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A person who logs in; memberships decide what the person may do."""


class Membership(models.Model):
    """The role of a person in a tenant."""

    class Role(models.TextChoices):
        VIEWER = "viewer"
        OPERATOR = "operator"
        AUDITOR = "auditor"
        ADMIN = "admin"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "tenant"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.tenant}"


class Invitation(models.Model):
    """A link by which one person joins a tenant; only its hash is kept. The row ends when it is used or withdrawn."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="invitations")
    name = models.CharField(max_length=100, help_text="The person who is to join, for the list of open invitations.")
    role = models.CharField(max_length=10, choices=Membership.Role.choices)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.CharField(max_length=200, editable=False)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} at {self.tenant}"


class ApiToken(models.Model):
    """A secret that a program calls with; only its hash is kept, so a lost one can't be shown again."""

    # Not a number, which would show each tenant how many tokens all others make.
    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(
        max_length=12, editable=False, help_text="The token's first characters, to recognise it by."
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = models.JSONField(default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True, editable=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


M_co = TypeVar("M_co", bound=models.Model, covariant=True)


class TenantManager(models.Manager[M_co]):
    """Sees the current tenant's rows only, and raises :class:`~tenants.context.NoTenant` where there is none."""

    def get_queryset(self) -> models.QuerySet[M_co]:
        return super().get_queryset().filter(tenant_id=current_tenant_id())

    def all_tenants(self) -> models.QuerySet[M_co]:
        """Every tenant's rows: for the dispatcher, the admin and maintenance, never for an answer to a client."""
        return super().get_queryset()


class StateOfRead(ModelState):
    """The state of a row that was read."""

    adding = False


class NewRow(NamedTuple):
    """By attribute: the values of a new row of a model before its columns are set."""

    names: frozenset[str]
    """All columns but those that the database computes."""
    fixed: dict[str, Any]
    made: tuple[tuple[str, Callable[[], Any]], ...]

    @classmethod
    def of(cls, model: type[models.Model]) -> Self:
        """By the model's fields."""
        fields = [field for field in model._meta.concrete_fields if not field.generated]
        is_made = [is_called(field) or field.has_db_default() for field in fields]
        return cls(
            frozenset(field.attname for field in fields),
            {field.attname: field.get_default() for field, made in zip(fields, is_made, strict=True) if not made},
            tuple(
                (field.attname, field.default if is_called(field) else field.get_default)
                for field, made in zip(fields, is_made, strict=True)
                if made
            ),
        )


def is_called(field: Any) -> bool:
    """Whether the field's default is a function."""
    return bool(field.has_default() and callable(field.default))


new_row_of = cache(NewRow.of)


class TenantOwned(models.Model):
    """A row that belongs to one tenant: the current one, unless said otherwise."""

    tenant = models.ForeignKey(
        Tenant, on_delete=models.PROTECT, default=current_tenant_id, editable=False, related_name="+", db_index=False
    )

    objects: ClassVar[Any] = TenantManager()

    class Meta:
        abstract = True

    if not TYPE_CHECKING:  # The types of its arguments are those of the model's fields.

        def __init__(self, *args: Any, **given: Any) -> None:
            """A new row, as Django makes it; but if all that is given are columns, its two signals are not sent.

            They have no receivers, and this takes a fifth of the time.
            """
            new = new_row_of(type(self))
            if args or not given.keys() <= new.names:
                super().__init__(*args, **given)
                return
            known = self.__dict__
            known["_state"] = ModelState()
            known.update(new.fixed)
            for name, make in new.made:
                if name not in given:
                    known[name] = make()
            known.update(given)

    @classmethod
    def from_db(cls, db: str | None, field_names: Collection[str], values: Collection[Any], **options: Any) -> Self:
        """A row as it was read.

        It skips ``__init__`` and its two signals, which have no receivers, and takes a fifth of the time; a column that
        was not read is deferred, as in Django.
        """
        row = cls.__new__(cls)
        known = row.__dict__
        known["_state"] = state = StateOfRead()
        state.db = db
        known.update(zip(field_names, values, strict=True))
        return row
