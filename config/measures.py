"""The names of the numbers that a setting may give: the fields of a dataclass, which settings can't import yet."""

from typing import Final

DOCUMENT: Final = (
    "characters",
    "tokens",
    "operations",
    "depth",
    "fields",
    "aliases",
    "directives",
    "repeats",
    "fragments",
    "variables",
    "values",
    "cost",
    "anonymous_bytes",
    "anonymous_tokens",
    "errors",
)
"""``graphql_server.limits.DocumentLimits``"""
SHARES: Final = ("caller", "tenant", "wait_seconds")
"""``graphql_server.limits.Shares``"""
SOCKETS: Final = ("address", "caller", "tenant")
"""``graphql_server.limits.SocketCounts``"""
SOCKET: Final = (
    *("init_seconds", "ping_seconds", "silence_seconds", "message_bytes", "first_message_bytes", "first_messages"),
    *("window_bytes", "operations", "messages_per_second", "bytes_per_second", "ready_frames"),
)
"""``graphql_server.limits.SocketLimits``"""
CONNECTION: Final = ("head_bytes", "head_seconds", "connections", "stall_seconds", "stall_bytes")
"""``graphql_server.limits.ConnectionLimits``"""
THROTTLE: Final = (
    *("caller", "tenant", "address", "burst_seconds"),
    *("failures", "account_failures", "account_everywhere"),
)
"""``tenants.ratelimit.throttling.Rates``"""
