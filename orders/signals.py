"""Importing this registers every receiver; :class:`orders.apps.OrdersConfig` does so when Django starts."""

from orders.receivers import async_tasks, audit, notifications, subscriptions

__all__ = ["async_tasks", "audit", "notifications", "subscriptions"]
