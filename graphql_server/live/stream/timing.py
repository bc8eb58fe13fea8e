"""The waiting times of feeds."""

SILENCE_SECONDS = 2.0
"""How long there may be no notification before the stream is read: the most that a lost notification costs."""
LINGER_SECONDS = 5.0
"""How long a feed or a value without subscribers goes on, in case a subscriber comes back."""
