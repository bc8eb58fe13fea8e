"""Common parts of the admin pages of tenants' rows."""

from collections.abc import Sequence
from contextlib import suppress
from copy import copy
from typing import Any, ClassVar, cast

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

from tenants.context import Caller
from tenants.middleware import CallerRequest


def caller_of(request: HttpRequest) -> Caller:
    """The caller in the admin, with the chosen tenant."""
    return cast(CallerRequest, request).caller


class ScopedChangeList(ChangeList):  # type: ignore[misc]  # unfold has no types
    """A list whose links name rows by their public key."""

    def url_for_result(self, result: Any) -> str:
        """The address of a row's page."""
        return page_of(result, self.model_admin.public_key)


def page_of(row: Any, key: str) -> str:
    """The address of the page of a row, which this key of it names."""
    name = f"admin:{row._meta.app_label}_{row._meta.model_name}_change"
    return reverse(name, args=[getattr(row, key)])


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Shown to people with ``read_scope`` in the chosen tenant; no row is added, changed or removed here.

    Lists never count their rows, so a page of a large table costs the same as a page of a small one.
    """

    read_scope: ClassVar[str] = "orders:read"
    public_key: ClassVar[str] = "pk"
    """The field that identifies a row in addresses.

    A serial key would show each tenant how many rows all others have.
    """
    search_fields: ClassVar[Sequence[str]] = ()
    found_by: ClassVar[Sequence[str]] = ()
    """Fields of which one has to equal the searched text, for large tables: in place of parts of ``search_fields``."""
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True

    def get_search_fields(self, request: HttpRequest) -> Sequence[str]:
        """The fields that are searched; without any, the list has no box for a text."""
        return self.found_by or self.search_fields

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """The rows in which a field of ``found_by`` equals the text, or Django's search."""
        text = search_term.strip()
        if not (self.found_by and text):
            return super().get_search_results(request, queryset, search_term)  # type: ignore[no-any-return]  # unfold has no types
        wanted = Q()
        for name in self.found_by:
            with suppress(ValidationError):  # The text is no value of this field.
                wanted |= Q(**{name: self.model._meta.get_field(name).to_python(text)})
        return (queryset.filter(wanted) if wanted else queryset.none()), False

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[ChangeList]:
        return ScopedChangeList

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> Any:
        """The row, if it is the chosen tenant's, or None.

        Raises:
            PermissionDenied: no tenant is chosen; Django looks for the row before it checks the person's rights.
        """
        if caller_of(request).tenant_id is None:
            raise PermissionDenied
        if self.public_key == "pk":
            return super().get_object(request, object_id, from_field)
        try:
            return self.get_queryset(request).get(**{self.public_key: object_id})
        except (ObjectDoesNotExist, ValidationError, ValueError):
            return None

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """The page, whose links use the row's public key too; rows that never change have no history page."""
        if self.public_key != "pk":
            row = context["original"]
            context["original"], context["show_history"] = copy(row), False
            context["original"].pk = getattr(row, self.public_key)
        return cast(HttpResponse, super().render_change_form(request, context, *args, **kwargs))

    def history_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """The changes that were made in the admin.

        Raises:
            PermissionDenied: the row can't be changed here.
        """
        if self.public_key != "pk":
            raise PermissionDenied
        return cast(HttpResponse, super().history_view(request, object_id, extra_context))

    def has_scope(self, request: HttpRequest, scope: str) -> bool:
        """Whether a tenant is chosen, and the person may do this there."""
        caller = caller_of(request)
        return caller.tenant_id is not None and scope in caller.scopes

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_scope(request, self.read_scope)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
