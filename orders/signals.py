"""Importing this module connects every receiver, and schedules the orders' periodic work.

:class:`orders.apps.OrdersConfig` imports it when Django starts.
"""

from orders.integrity import upkeep
from orders.receivers import async_tasks, audit, notifications, subscriptions
from orders.stats import kept

__all__ = ["async_tasks", "audit", "kept", "notifications", "subscriptions", "upkeep"]
