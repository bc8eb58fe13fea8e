"""Importing this module connects the receiver that opens the deliveries to endpoints."""

from webhooks import receivers

__all__ = ["receivers"]
