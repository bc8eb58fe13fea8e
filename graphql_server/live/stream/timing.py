"""How long what follows a stream waits."""

SILENCE_SECONDS = 2.0
"""How long there may be no notification before the stream is read: the most that a lost notification costs."""
LINGER_SECONDS = 5.0
"""How long what nobody follows any more is kept up, for those who come back."""
