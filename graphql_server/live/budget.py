"""The memory of open subscriptions: limited for the process and for each tenant.

Equal subscriptions take very little. Different ones take their document, its execution, their filter, their text.
"""

from collections import Counter
from threading import RLock
from typing import Final
from weakref import finalize

from graphql_server.caches import Budget
from graphql_server.errors import ApiError, Code
from graphql_server.ports.event_source import Tenant

PROCESS_BYTES: Final = 512 * 1024 * 1024
TENANT_BYTES: Final = 128 * 1024 * 1024


class TenantBudget:
    """Counts bytes by tenant. Safe for threads."""

    def __init__(self, what: str, *, process_bytes: int, tenant_bytes: int) -> None:
        self.budget = Budget(what, process_bytes)
        self.tenant_bytes = tenant_bytes
        self._by_tenant: Counter[Tenant] = Counter()
        self._lock = RLock()

    def fits(self, tenant_id: Tenant, size: int) -> bool:
        """Whether the tenant may take ``size`` bytes more."""
        return self.budget.fits(size) and self._by_tenant[tenant_id] + size <= self.tenant_bytes

    def hold(self, owner: object, tenant_id: Tenant, size: int) -> None:
        """Count ``size`` bytes for the tenant as long as ``owner`` lives.

        Raises:
            ApiError: THROTTLED. The tenant, or all tenants together, take too much already.
        """
        if not self.fits(tenant_id, size):
            raise ApiError(
                Code.THROTTLED,
                "Too many different subscriptions are open. Close some of them, or use equal subscriptions.",
            )
        self._add(tenant_id, size)
        finalize(owner, self._add, tenant_id, -size).atexit = False

    def _add(self, tenant_id: Tenant, size: int) -> None:
        with self._lock:
            self.budget.add(size)
            held = self._by_tenant[tenant_id] + size
            if held:
                self._by_tenant[tenant_id] = held
            else:
                del self._by_tenant[tenant_id]


subscription_budget = TenantBudget("subscriptions", process_bytes=PROCESS_BYTES, tenant_bytes=TENANT_BYTES)
