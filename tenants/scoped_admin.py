"""What the admin pages of tenant-owned things have in common."""

from typing import Any, ClassVar, cast

from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator

from tenants.context import Caller
from tenants.middleware import CallerRequest


def caller_of(request: HttpRequest) -> Caller:
    """Who works in the admin, and for which tenant."""
    return cast(CallerRequest, request).caller


class ScopedAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Shown to those with ``read_scope`` in the chosen tenant; nothing is added, changed or removed here.

    Lists never count their rows, so that a page of a large table costs what a page of a small one does.
    """

    read_scope: ClassVar[str] = "orders:read"
    paginator = InfinitePaginator
    show_full_result_count = False
    list_per_page = 50
    list_disable_select_all = True

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
