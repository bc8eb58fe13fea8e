"""The metrics of reads from a replica."""

from typing import Final

from prometheus_client import Counter, Gauge

IN_USE: Final = Gauge(
    "database_replica_in_use",
    "1 while this process reads from the replica, 0 while the replica is left out.",
    multiprocess_mode="mostrecent",
)
LAG_SECONDS: Final = Gauge(
    "database_replica_lag_seconds",
    "How many seconds the replica is behind the primary.",
    multiprocess_mode="mostrecent",
)
READS: Final = Counter(
    "database_reads",
    "Reads of the two APIs, by the server that they were read from, while there is a replica.",
    ["server"],
)
