"""Every setting, typed, from the environment; bad values stop the start, all of them named.

Nothing set means the embedded default: SQLite, in-memory broker and channel layer, the open demo tenant on loopback.
``DATABASE_URL`` set means production: then ``SECRET_KEY`` and ``ALLOWED_HOSTS`` are needed too.
"""

from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF

from config import measures, secret_key
from config.environment import Environment, existing_file, text_like
from config.http.static_files import keep_what_never_changes
from tenants.auth.proxies import proxy_of

env = Environment()

BASE_DIR = Path(__file__).resolve().parent.parent
FRONTEND_DIST = BASE_DIR / "frontend_demo" / "dist"

# --- Which of the two ways to run -------------------------------------------------------------------------------------

DATABASE_URL = env.str("DATABASE_URL", default="")
DATABASE_OWNER_URL = env.str("DATABASE_OWNER_URL", default="")
REDIS_URL = env.url("REDIS_URL", schemes=["redis://", "rediss://", "unix://"])
BROKER_URL = env.url("BROKER_URL", schemes=["amqp://", "amqps://", "redis://", "rediss://"], default=REDIS_URL)

EMBEDDED = not env.names("DATABASE_URL")
ORDERS_DEMO = env.bool("ORDERS_DEMO", default=EMBEDDED)
DATA_DIR = Path(env.str("ORDERS_DATA_DIR", default=str(BASE_DIR / "var")))
DEBUG = env.bool("DJANGO_DEBUG", default=False)

# The embedded default makes its own.
SECRET_KEY = ""
with env.collecting():
    _given_key = env.str("SECRET_KEY", default="")
    SECRET_KEY = secret_key.kept_in(DATA_DIR) if EMBEDDED and not _given_key else secret_key.checked(_given_key)
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
CSRF_TRUSTED_ORIGINS = env.list(
    "CSRF_TRUSTED_ORIGINS",
    default=[],
    each=text_like(r"https?://[^\s/]+"),
    expected="origins such as https://orders.example.com, with commas between",
)

# --- The tenant of what has no caller: tests, shell, the demo ---------------------------------------------------------

DEFAULT_TENANT = env.str(
    "DEFAULT_TENANT", default="demo" if EMBEDDED else "", like=r"[-\w]{1,63}", expected="a slug such as shop"
)
DEFAULT_CURRENCY = env.str(
    "DEFAULT_CURRENCY", default="EUR", like="[A-Z]{3}", expected="a code of ISO 4217, such as EUR"
)

# --- Applications -----------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "daphne",
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "strawberry_django",
    "csp",
    "tenants.apps.TenantsConfig",
    "events.apps.EventsConfig",
    "audit.apps.AuditConfig",
    "orders.apps.OrdersConfig",
    "graphql_api.apps.GraphqlApiConfig",
    "config",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "servestatic.middleware.ServeStaticMiddleware",
    "config.http.content_policy.ContentPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "tenants.middleware.TenantMiddleware",
    "tenants.admin.chosen_tenant.AdminTenantMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
APPEND_SLASH = False
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database ---------------------------------------------------------------------------------------------------------

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "tenants.User"


def embedded_database() -> dict[str, Any]:
    """SQLite for many threads: one writer that waits its turn, readers that never do."""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": DATA_DIR / "db.sqlite3",
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        },
        "TEST": {"NAME": str(DATA_DIR / "test.sqlite3")},
    }


def production_database() -> dict[str, Any]:
    """PostgreSQL through psycopg's pool: under ASGI every request may run on another thread."""
    config = env.db_url("DATABASE_URL", engine="tenants.db.backend")
    pool = {"min_size": 1, "max_size": env.int("DATABASE_POOL_SIZE", default=20, least=1), "timeout": 10}
    options = {"pool": pool, "connect_timeout": 5, **config.get("OPTIONS", {})}
    # A process that is frozen within a transaction holds its locks; after this time the server takes them away.
    idle = env.int("DATABASE_IDLE_TRANSACTION_SECONDS", default=10)
    bound = f"-c idle_in_transaction_session_timeout={idle * 1000}"
    config["OPTIONS"] = options | {"options": f"{bound} {options.get('options', '')}".strip()}
    return config


def owner_of_tables() -> dict[str, Any]:
    """Who logs in to migrate, where that is not who runs the system."""
    known = env.db_url("DATABASE_OWNER_URL", engine="tenants.db.backend")
    return {name: known.get(name) for name in ("USER", "PASSWORD", "HOST", "PORT")}


DATABASES = {"default": embedded_database() if EMBEDDED else production_database()}
DATABASE_OWNER = owner_of_tables() if DATABASE_OWNER_URL and not EMBEDDED else {}

# --- Events, receivers ------------------------------------------------------------------------------------------------

EVENTS_DRIVER = env.str("EVENTS_DRIVER", default="signals", one_of=["signals", "relay"])
EVENTS_DISPATCH = env.str("EVENTS_DISPATCH", default="thread", one_of=["thread", "inline"])
EVENTS_RETENTION_DAYS = env.int("EVENTS_RETENTION_DAYS", default=90, least=1)

# --- Audit ------------------------------------------------------------------------------------------------------------

AUDIT_ANCHOR_FILE = env.str("AUDIT_ANCHOR_FILE", default="")
AUDIT_RETENTION_DAYS = env.int("AUDIT_RETENTION_DAYS", default=0)  # 0: for ever
if 0 < AUDIT_RETENTION_DAYS <= EVENTS_RETENTION_DAYS:
    env.problems.append(
        "AUDIT_RETENTION_DAYS must be more than EVENTS_RETENTION_DAYS, or 0 for ever: the record of an event that is "
        "still there would be written again."
    )

# --- Live subscriptions -----------------------------------------------------------------------------------------------

CHANNEL_PREFIX = env.str(
    "CHANNEL_PREFIX", default="orders", like=r"[A-Za-z0-9_.-]{1,50}", expected="up to 50 letters, digits, and _ . -"
)
if REDIS_URL:
    _layer: dict[str, Any] = {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [{"address": REDIS_URL, "socket_connect_timeout": 1, "socket_timeout": None}],
            "prefix": CHANNEL_PREFIX,
        },
    }
else:
    _layer = {"BACKEND": "events.channel_layer.ThreadSafeInMemoryLayer"}
CHANNEL_LAYERS = {"default": _layer}

# --- Celery -----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = BROKER_URL or "memory://"
CELERY_TASK_ALWAYS_EAGER = env.bool("CELERY_TASK_ALWAYS_EAGER", default=False)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = env.str(
    "CELERY_QUEUE", default="orders", like=r"[A-Za-z0-9_.-]{1,200}", expected="up to 200 letters, digits, and _ . -"
)
# A prefork worker ends a task that takes longer by an error, and one that does not listen by a signal. Then the lease
# is over, and another attempt can't meet it.
CELERY_TASK_SOFT_TIME_LIMIT = env.int("TASK_TIME_LIMIT_SECONDS", default=20, least=1)
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + 3
EVENTS_LEASE_SECONDS = CELERY_TASK_TIME_LIMIT + 2
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # A worker waits for its broker for ever.
# RabbitMQ keeps an exclusive queue until it knows that its worker is gone, and would refuse the one that replaces it.
CELERY_CONTROL_QUEUE_EXCLUSIVE = CELERY_EVENT_QUEUE_EXCLUSIVE = False
# A sender never waits long: what it can't hand over now, the relay sends later.
CELERY_BROKER_CONNECTION_TIMEOUT = 1
CELERY_TASK_PUBLISH_RETRY = False
if EMBEDDED and not BROKER_URL:
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {"polling_interval": 0.02}
elif CELERY_BROKER_URL.startswith("redis"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "socket_timeout": 5,
        "socket_connect_timeout": 1,
        "global_keyprefix": f"{CHANNEL_PREFIX}:celery:",
    }
else:
    CELERY_BROKER_TRANSPORT_OPTIONS = {"confirm_publish": True}
# What a sender adds (config.celery): one try, and a second at most for each answer of the broker.
BROKER_SEND_OPTIONS: dict[str, Any] = {"max_retries": 1, "interval_start": 0}
if CELERY_BROKER_URL.startswith("redis"):
    BROKER_SEND_OPTIONS |= {"socket_timeout": 1}
elif CELERY_BROKER_URL.startswith("amqp"):
    BROKER_SEND_OPTIONS |= {"read_timeout": 1, "write_timeout": 1}

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

# --- GraphQL ----------------------------------------------------------------------------------------------------------

ORDERS_GRAPHIQL = env.bool("ORDERS_GRAPHIQL", default=EMBEDDED)
ORDERS_INTROSPECTION = env.bool("ORDERS_INTROSPECTION", default=EMBEDDED)
GRAPHQL_THREADS = env.int("GRAPHQL_THREADS", default=8, least=1)
LIVE_LAG_EVENTS = env.int("LIVE_LAG_EVENTS", default=10_000, least=1)
GRAPHQL_DEADLINE_SECONDS = env.float("GRAPHQL_DEADLINE_SECONDS", default=10.0, least=0.1)
# Numbers by name. What they mean and what they are by default is said where they are used.
GRAPHQL_SHARES = env.dict("GRAPHQL_SHARES", names=measures.SHARES, default={})
GRAPHQL_LIMITS = env.dict("GRAPHQL_LIMITS", names=measures.DOCUMENT, default={})
SOCKETS_OPEN = env.dict("SOCKETS_OPEN", names=measures.SOCKETS, default={})
GRAPHQL_SOCKET_LIMITS = env.dict("GRAPHQL_SOCKET_LIMITS", names=measures.SOCKET, default={})
# The machine that the embedded default runs on is its only caller's.
_generous = {"caller": 200_000, "tenant": 200_000} if EMBEDDED else {}
THROTTLE = env.dict("THROTTLE", names=measures.THROTTLE, default=_generous)
STRAWBERRY_DJANGO = {"FIELD_DESCRIPTION_FROM_HELP_TEXT": True, "GENERATE_ENUMS_FROM_CHOICES": True}

# --- People: passwords, sessions, mail --------------------------------------------------------------------------------

PASSWORD_HASHERS = ["tenants.auth.passwords.Argon2", "tenants.auth.passwords.PBKDF2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["tenants.backends.PeopleBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"

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
SERVESTATIC_ADD_HEADERS_FUNCTION = keep_what_never_changes
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
# Addresses and networks of the proxies that say for whom they ask, over which scheme; "unix" is who
# calls through a socket file. What anybody else says of that is not believed (tenants.auth.proxies).
TRUSTED_PROXIES = env.list(
    "TRUSTED_PROXIES", default=[], each=proxy_of, expected="addresses, networks such as 10.0.0.0/24, or unix"
)
PROXY_HEADER = env.str("PROXY_HEADER", default="X-Forwarded-For", one_of=["X-Forwarded-For", "Forwarded"])
env.gone("TLS_PROXY_HEADER", "name the proxy that ends TLS in TRUSTED_PROXIES.")
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=0 if EMBEDDED else 31_536_000)  # told over TLS alone
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # subdomains: whether they have TLS is not ours to say
    "security.W008",  # a redirect to TLS is the proxy's, which ends TLS; SECURE_SSL_REDIRECT where there is none
    "security.W021",  # nor is it to have browsers preload it
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF, "data:"],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

# --- REST -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK: dict[str, Any] = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["orders.rest.access.CallerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["orders.rest.access.IsTenantMember"],
    "DEFAULT_THROTTLE_CLASSES": ["orders.rest.access.CallerThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["orders.rest.json_bodies.ExactJSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "orders.rest.access.problem_handler",
    "URL_FORMAT_OVERRIDE": None,  # ?format= is a parameter that no operation has.
}
SPECTACULAR_SETTINGS: dict[str, Any] = {
    "TITLE": "Order System",
    "VERSION": "1",
    "DESCRIPTION": (
        "Orders over REST: the same services, rules, tenant, events and idempotency as the GraphQL API. Every refusal "
        "is a problem document (RFC 9457). A method that an address does not have answers 405, any other address 404."
    ),
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "orders.states.Status",
        "OrderProcessingStatus": "orders.states.ProcessingStatus",
    },
}

# --- The admin --------------------------------------------------------------------------------------------------------

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Order System",
    "SITE_HEADER": "Order System",
    "SITE_SYMBOL": "receipt_long",
    "SITE_DROPDOWN": [
        {"title": "The app", "icon": "dashboard", "link": "/"},
        {"title": "Work in another tenant", "icon": "domain", "link": "/admin/tenant/"},
    ],
    "ENVIRONMENT": "tenants.admin.choice_page.tenant_badge",
    "SIDEBAR": {"show_all_applications": False, "show_search": False},
}

# --- Operation --------------------------------------------------------------------------------------------------------

METRICS_PUBLIC = env.bool("METRICS_PUBLIC", default=False)  # else /metrics answers loopback alone
METRICS_PORT = env.int(
    "METRICS_PORT", default=0, most=65535
)  # where a thread answers /metrics and /livez; 0 is nowhere
METRICS_MERGED = bool(env.str("PROMETHEUS_MULTIPROC_DIR", default=""))  # over processes that share the folder

# config.watchdog: an event loop that has not turned for so long is logged and fails /livez on METRICS_PORT (0: nothing
# watches it); after so many seconds more the process ends itself (0: never).
LOOP_STALLED_SECONDS = env.float("LOOP_STALLED_SECONDS", default=5.0, least=0.1)
LOOP_END_SECONDS = env.float("LOOP_END_SECONDS", default=60.0)

# After how many new objects each of the collector's three generations is gone through (tenants.memory)
GC_THRESHOLD = env.list(
    "GC_THRESHOLD", default=[50_000, 10, 20], each=int, expected="whole numbers, at most three, with commas between"
)
if len(GC_THRESHOLD) > 3:
    env.wrong("GC_THRESHOLD", "at most three whole numbers, with commas between")

# --- Language, time, logs ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
USE_TZ = True
TIME_ZONE = "UTC"
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO", one_of=["DEBUG", "INFO", "WARNING", "ERROR"])
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if EMBEDDED else "json", one_of=["console", "json"])
LOGGING_CONFIG = "config.logging.configure"
LOGGING = {"level": LOG_LEVEL, "format": LOG_FORMAT}

env.refuse()
