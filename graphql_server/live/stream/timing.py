"""The waiting times of feeds."""

SILENCE_SECONDS = 2.0
"""Seconds without a notification after which the stream is read: a lost notification delays events by at most this."""
LINGER_SECONDS = 5.0
"""Seconds for which a feed or a value without subscribers is kept, in case a subscriber comes back."""
