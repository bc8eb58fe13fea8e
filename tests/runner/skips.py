"""The reasons for which a test need not run in any pass. Imports nothing: the runner reads it before pytest begins."""

NO_RABBITMQ = "no RabbitMQ was given (BROKER_URL) or found"
NO_CONTAINER = "no container can be made here: that needs root, unshare and the right to mount"
NO_PROMTOOL = "promtool (Debian's package prometheus) is not here and could not be unpacked"
NO_KUSTOMIZE = "neither kubectl nor kustomize is here"
NO_REDIS_TLS = "no redis-server with TLS is installed here"
NO_HISTORY = "no git history is here to take the previous version from"
NO_PGBOUNCER = "no PgBouncer is installed here, and Debian's package can't be had"
NO_NGINX = "no nginx is installed here, and Debian's package can't be had"
NO_HAPROXY = "no HAProxy is installed here, and Debian's package can't be had"
LISTED = frozenset(
    {NO_PROMTOOL, NO_HISTORY, NO_PGBOUNCER, NO_NGINX, NO_HAPROXY, NO_REDIS_TLS, NO_RABBITMQ, NO_CONTAINER, NO_KUSTOMIZE}
)
