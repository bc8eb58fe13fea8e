"""Every setting, typed, from the environment; bad values stop the start, all of them named.

Nothing set means the embedded default: SQLite, in-memory broker and channel layer, the open demo tenant on loopback.
``DATABASE_URL`` set means production: then ``SECRET_KEY`` and ``ALLOWED_HOSTS`` are needed too.
"""

import gc
from ipaddress import ip_network
from pathlib import Path

from config import PYTHONS_THRESHOLDS, fixed_settings, measures, secret_key, unused
from config.environment import Environment, existing_file, text_like
from config.servers import celery_settings
from config.servers.channel_settings import channel_layers
from config.servers.database_settings import embedded_database, login_of, production_database
from tenants import redis_servers
from tenants.auth.proxies import proxy_of

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
FRONTEND_DIST = BASE_DIR / "frontend_demo" / "dist"

# --- Which of the two ways to run -------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
DATABASE_BACKUP_URL = env.str("DATABASE_BACKUP_URL", default="")
DATABASE_REPLICA_URL = env.str("DATABASE_REPLICA_URL", default="")
REDIS_URL = env.url("REDIS_URL", schemes=redis_servers.SCHEMES)
BROKER_URL = env.url("BROKER_URL", schemes=["amqp://", "amqps://", *redis_servers.SCHEMES], default=REDIS_URL)

EMBEDDED = not env.names("DATABASE_URL")
ORDERS_DEMO = env.bool("ORDERS_DEMO", default=EMBEDDED)
DATA_DIR = Path(env.str("ORDERS_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DJANGO_DEBUG", default=False)
if DEBUG and not EMBEDDED:
    env.problems.append("DJANGO_DEBUG shows clients the settings and data of a failed request. Unset it.")

# The embedded default makes its own.
SECRET_KEY = ""
with env.collecting():
    _given_key = env.str("SECRET_KEY", default="")
    SECRET_KEY = secret_key.kept_in(DATA_DIR) if EMBEDDED and not _given_key else secret_key.checked(_given_key)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # former keys: what they protected is still read
if ORDERS_DEMO and not EMBEDDED:
    env.problems.append("ORDERS_DEMO works only in the embedded default, which other machines cannot call. Unset it.")

ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS",
    default=["localhost", "127.0.0.1", "[::1]"] if EMBEDDED else [],
    each=text_like(r"\[[0-9a-fA-F:]+\]|[^\s/:]+"),
    expected="names without scheme and port, such as orders.example.com, with commas between",
)
if not (ALLOWED_HOSTS or EMBEDDED or env.given("ALLOWED_HOSTS")):
    env.problems.append("ALLOWED_HOSTS is needed beside DATABASE_URL: the names under which clients reach the system.")
if "*" in ALLOWED_HOSTS and not EMBEDDED:
    env.problems.append("ALLOWED_HOSTS=* accepts any name. List the names under which clients reach the system.")
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=[],
    each=text_like(r"https?://[^\s/]+"),
    expected="origins such as https://orders.example.com, with commas between",
)
CORS_ORIGINS = env.list(
    "CORS_ORIGINS",
    default=[],
    each=text_like(r"\*|https?://(\*\.)?[^\s/*]+"),
    expected="origins such as http://localhost:5173 and https://*.example.com, with commas between, or * alone",
)
if "*" in CORS_ORIGINS and len(CORS_ORIGINS) > 1:
    env.problems.append("CORS_ORIGINS: * means all origins, without credentials. Remove it, or the others.")
CSRF_TRUSTED_ORIGINS += [origin for origin in CORS_ORIGINS if origin != "*"]
vars().update(fixed_settings.cors(CORS_ORIGINS))

# --- The tenant of code without a caller: tests, shell, the demo ------------------------------------------------------

DEFAULT_TENANT = env.str(
    "DEFAULT_TENANT", default="demo" if EMBEDDED else "", like=r"[-\w]{1,63}", expected="a slug such as shop"
)
DEFAULT_CURRENCY = env.str(
    "DEFAULT_CURRENCY", default="EUR", like="[A-Z]{3}", expected="a code of ISO 4217, such as EUR"
)

# --- Applications, middleware and libraries: the same everywhere ------------------------------------------------------

vars().update(fixed_settings.settings())
SPECTACULAR_SETTINGS = fixed_settings.SPECTACULAR_SETTINGS
ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False

# --- Database ---------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "tenants.User"
DATABASES = {"default": embedded_database(DATA_DIR) if EMBEDDED else production_database(env, "DATABASE_URL")}
# Reads may go there (tenants.db.replica.reading).
if DATABASE_REPLICA_URL and not EMBEDDED:
    DATABASES["replica"] = production_database(env, "DATABASE_REPLICA_URL")
    if not REDIS_URL:
        env.problems.append("DATABASE_REPLICA_URL needs REDIS_URL, by which processes tell each other what they wrote.")
DATABASE_REPLICA_LAG_SECONDS = env.float("DATABASE_REPLICA_LAG_SECONDS", default=5.0, least=0.1)
# The owner of the tables migrates; the login for backups reads all rows of all tenants.
DATABASE_OWNER = login_of(env, "DATABASE_OWNER_URL") if DATABASE_OWNER_URL and not EMBEDDED else {}
DATABASE_BACKUP = login_of(env, "DATABASE_BACKUP_URL") if DATABASE_BACKUP_URL and not EMBEDDED else {}

# --- Events, receivers ------------------------------------------------------------------------------------------------

EVENTS_DRIVER = env.str("EVENTS_DRIVER", default="signals", one_of=["signals", "relay"])
EVENTS_DISPATCH = env.str("EVENTS_DISPATCH", default="dispatcher", one_of=["dispatcher", "inline"])
EVENTS_RETENTION_DAYS = env.int("EVENTS_RETENTION_DAYS", default=90, least=1)

# --- Audit ------------------------------------------------------------------------------------------------------------

AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", default="")
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=0)  # 0: without an end
if 0 < AUDIT_RETENTION_DAYS <= EVENTS_RETENTION_DAYS:
    env.problems.append(
        "AUDIT_RETENTION_DAYS must be more than EVENTS_RETENTION_DAYS, or 0 forever: the record of an event that is "
        "still there would be written again."
    )

# --- Live subscriptions -----------------------------------------------------------------------------------------------

CHANNEL_PREFIX = env.str(
    "CHANNEL_PREFIX", default="orders", like=r"[A-Za-z0-9_.-]{1,50}", expected="up to 50 letters, digits, and _ . -"
)
CHANNEL_LAYERS = channel_layers(REDIS_URL, prefix=CHANNEL_PREFIX)

# --- Celery -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL, _broker_options = redis_servers.broker(BROKER_URL)
CELERY_BROKER_URL = CELERY_BROKER_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_DEFAULT_QUEUE = env.str(
    "CELERY_QUEUE", default="orders", like=r"[A-Za-z0-9_.-]{1,200}", expected="up to 200 letters, digits, and _ . -"
)
# On RabbitMQ; quorum queues are replicated, and keep their tasks when a node is lost.
CELERY_TASK_DEFAULT_QUEUE_TYPE = env.str("CELERY_QUEUE_TYPE", default="classic", one_of=["classic", "quorum"])
BROKER_CA_FILE = env.list("BROKER_CA_FILE", default=[], each=existing_file, expected="a file that is there")
vars().update(celery_settings.FIXED | celery_settings.encryption(BROKER_URL, authorities=BROKER_CA_FILE))
# A prefork worker ends a task that takes longer by an error, and one that does not listen by a signal. Then the lease
# is over, and another attempt can't meet it.
CELERY_TASK_SOFT_TIME_LIMIT = env.int("TASK_TIME_LIMIT_SECONDS", default=20, least=1)
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + 3
EVENTS_LEASE_SECONDS = CELERY_TASK_TIME_LIMIT + 2
CELERY_BROKER_TRANSPORT_OPTIONS = celery_settings.transport_options(
    CELERY_BROKER_URL, _broker_options, prefix=CHANNEL_PREFIX, is_own=EMBEDDED and not BROKER_URL
)
BROKER_SEND_OPTIONS = celery_settings.send_options(CELERY_BROKER_URL)

# --- The slow work ----------------------------------------------------------------------------------------------------

ORDERS_PROCESSING_STEPS = env.list(
    "ORDERS_PROCESSING_STEPS",
    default=[
        "orders.processing.risk.check_risk",
        "orders.invoices.invoice.issue_invoice",
        "orders.invoices.invoice.confirm",
    ],
    each=text_like(r"[^\W\d]\w*(\.[^\W\d]\w*)+"),
    expected="functions by their whole name, such as orders.processing.risk.check_risk, with commas between",
)
# A worker imports the steps when it starts, not during its first task in each of its processes.
CELERY_IMPORTS = sorted({path.rpartition(".")[0] for path in ORDERS_PROCESSING_STEPS})
# .ttf files for scripts that the bundled fonts lack
INVOICE_FONTS = env.list("INVOICE_FONTS", default=[], each=existing_file, expected="files that are there")

# --- Webhooks ---------------------------------------------------------------------------------------------------------

# Networks, beside public addresses, to which webhooks may be sent; plain HTTP is allowed there alone.
WEBHOOKS_NETWORKS = env.list(
    "WEBHOOKS_NETWORKS",
    default=[ip_network("127.0.0.0/8"), ip_network("::1/128")] if EMBEDDED else [],
    each=ip_network,
    expected="networks such as 10.0.0.0/8, with commas between",
)
WEBHOOKS_TIMEOUT_SECONDS = env.float("WEBHOOKS_TIMEOUT_SECONDS", default=10.0, least=0.1, most=60)
WEBHOOKS_THREADS = env.int("WEBHOOKS_THREADS", default=32, least=2)  # requests at a time, of one dispatcher
WEBHOOKS_ATTEMPTS_DAYS = env.int("WEBHOOKS_ATTEMPTS_DAYS", default=30, least=1)

# --- GraphQL ----------------------------------------------------------------------------------------------------------

ORDERS_GRAPHIQL = env.bool("ORDERS_GRAPHIQL", default=EMBEDDED)
ORDERS_INTROSPECTION = env.bool("ORDERS_INTROSPECTION", default=EMBEDDED)
GRAPHQL_THREADS = env.int("GRAPHQL_THREADS", default=8, least=1)
LIVE_LAG_EVENTS = env.int("LIVE_LAG_EVENTS", default=10_000, least=1)
# Which documents run: all (open), all with those logged that no client has published (log), or published ones (refuse)
GRAPHQL_DOCUMENTS = env.str("GRAPHQL_DOCUMENTS", default="open", one_of=["open", "log", "refuse"])
GRAPHQL_USAGE_SECONDS = env.float("GRAPHQL_USAGE_SECONDS", default=30.0)  # 0: clients' use of the schema is not counted
GRAPHQL_DEADLINE_SECONDS = env.float("GRAPHQL_DEADLINE_SECONDS", default=10.0, least=0.1)
# Numbers by name. Their meanings and defaults are where they are used.
GRAPHQL_SHARES = env.dict("GRAPHQL_SHARES", names=measures.SHARES, default={})
GRAPHQL_LIMITS = env.dict("GRAPHQL_LIMITS", names=measures.DOCUMENT, default={})
SOCKETS_OPEN = env.dict("SOCKETS_OPEN", names=measures.SOCKETS, default={})
GRAPHQL_SOCKET_LIMITS = env.dict("GRAPHQL_SOCKET_LIMITS", names=measures.SOCKET, default={})
# The machine that the embedded default runs on is its only caller's.
_generous = {"caller": 200_000, "tenant": 200_000} if EMBEDDED else {}
THROTTLE = env.dict("THROTTLE", names=measures.THROTTLE, default=_generous)
GDAL_LIBRARY_PATH = unused.NoGeoDjango()
STRAWBERRY_DJANGO = {"FIELD_DESCRIPTION_FROM_HELP_TEXT": True, "GENERATE_ENUMS_FROM_CHOICES": True}

# --- Mail -------------------------------------------------------------------------------------------------------------

EMAIL_BACKEND = (
    "orders.mail.outbox_backend.OutboxBackend" if EMBEDDED else "django.core.mail.backends.smtp.EmailBackend"
)
EMAIL_FILE_PATH = DATA_DIR / "outbox"
vars().update(env.email_url("EMAIL_URL"))
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT_SECONDS", default=10, least=1)
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL",
    default="Order System <orders@localhost>",
    like=r"[^\r\n]*[^\s@]@[^\s@][^\r\n]*",
    expected="an address, such as Order System <orders@example.com>",
)

# --- Files ------------------------------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
SERVESTATIC_USE_FINDERS = EMBEDDED
SERVESTATIC_AUTOREFRESH = False
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(DATA_DIR / "media")))
MEDIA_URL = "/media/"

# --- Safety -----------------------------------------------------------------------------------------------------------

DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
HTTP_BODY_SECONDS = env.float("HTTP_BODY_SECONDS", default=30.0, least=0.1)
HTTP_LIMITS = env.dict("HTTP_LIMITS", names=measures.CONNECTION, default={})  # under uvicorn
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not EMBEDDED)
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=False)
# Addresses and networks of the proxies whose headers name the client and the scheme; "unix" is a client that
# connects through a socket file. The headers of other senders are not trusted (tenants.auth.proxies).
TRUSTED_PROXIES = env.list(
    "TRUSTED_PROXIES", default=[], each=proxy_of, expected="addresses, networks such as 10.0.0.0/24, or unix"
)
PROXY_HEADER = env.str("PROXY_HEADER", default="X-Forwarded-For", one_of=["X-Forwarded-For", "Forwarded"])
env.gone("TLS_PROXY_HEADER", "name the proxy that ends TLS in TRUSTED_PROXIES.")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if EMBEDDED else 31_536_000)  # sent over TLS alone
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)

# --- Operation --------------------------------------------------------------------------------------------------------

# the folder of pg_dump and pg_restore, for backups; empty: they are searched for
POSTGRESQL_PROGRAMS = env.str("POSTGRESQL_PROGRAMS", default="")
METRICS_PUBLIC = env.bool("METRICS_PUBLIC", default=False)  # otherwise /metrics answers loopback alone
METRICS_PORT = env.int(
    "METRICS_PORT", default=0, most=65535
)  # where a thread answers /metrics and /livez; 0 is nowhere
METRICS_MERGED = bool(env.str("PROMETHEUS_MULTIPROC_DIR", default=""))  # over processes that share the folder

# Names of operations that metrics show as they are; others are shown by the field that they select (docs/monitoring.md)
METRICS_OPERATIONS = env.list("METRICS_OPERATIONS", default=[])
TRACING = env.bool("TRACING", default=False)  # spans for OpenTelemetry (tenants.tracing); needs the extra "otel"
TRACING_DETAILS = env.bool("TRACING_DETAILS", default=False)  # documents and texts of statements on spans

# config.watchdog: an event loop that has stalled for so long is logged and fails /livez on METRICS_PORT (0: it is not
# watched); after this number of further seconds the process ends itself (0: never).
LOOP_STALLED_SECONDS = env.float("LOOP_STALLED_SECONDS", default=5.0, least=0.1)
LOOP_END_SECONDS = env.float("LOOP_END_SECONDS", default=60.0)

# How a web process ends after SIGTERM (docs/operations.md, Stopping)
DRAIN_SECONDS = env.float("DRAIN_SECONDS", default=25.0, least=0.1)
DRAIN_SPREAD_SECONDS = env.float("DRAIN_SPREAD_SECONDS", default=10.0)

# The numbers of new objects after which each of the collector's three generations is examined (tenants.memory)
GC_THRESHOLD = env.list(
    "GC_THRESHOLD", default=[50_000, 10, 20], each=int, expected="whole numbers, at most three, with commas between"
)
if len(GC_THRESHOLD) > 3:
    env.wrong("GC_THRESHOLD", "at most three whole numbers, with commas between")
else:
    gc.set_threshold(*(GC_THRESHOLD or PYTHONS_THRESHOLDS))

# --- Language, time, logs ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LANGUAGE_COOKIE_NAME = "language"  # the app's switch sets it (frontend_demo/src/format/locale.ts)
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO", one_of=["DEBUG", "INFO", "WARNING", "ERROR"])
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if EMBEDDED else "json", one_of=["console", "json"])
LOGGING_CONFIG = "config.logging.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}

env.refuse()
