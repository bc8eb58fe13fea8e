"""Importing this registers every receiver, and what every relay does for the orders now and then.

:class:`orders.apps.OrdersConfig` does so when Django starts.
"""

from orders import upkeep
from orders.receivers import async_tasks, audit, notifications, subscriptions

__all__ = ["async_tasks", "audit", "notifications", "subscriptions", "upkeep"]
