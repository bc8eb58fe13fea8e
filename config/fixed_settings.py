"""The settings that no environment changes: applications, middleware, templates, people, and those of libraries.

:mod:`config.settings` takes them over, and reads all others from the environment.
"""

import re
from typing import Any, Final

from corsheaders.defaults import default_headers
from csp import constants
from django.templatetags.static import static

VERSION: Final = "0.1.0"
"""The version of the system, as pyproject.toml and CHANGELOG.md have it."""

INSTALLED_APPS = [
    "config",  # first, because of its runserver
    "unfold",
    "django.contrib.admin.apps.SimpleAdminConfig",  # config.urls loads the admin modules, for web processes alone
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "csp",
    "tenants.apps.TenantsConfig",
    "events.apps.EventsConfig",
    "audit.apps.AuditConfig",
    "orders.apps.OrdersConfig",
    "webhooks.apps.WebhooksConfig",
    "graphql_api.clients.apps.ClientsConfig",
    "graphql_api.apps.GraphqlApiConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "config.http.static_files.StaticFiles",
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

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "libraries": {"languages": "tenants.values.languages"},
        },
    }
]

# --- People -----------------------------------------------------------------------------------------------------------

PASSWORD_HASHERS = ["tenants.auth.passwords.Argon2", "tenants.auth.passwords.PBKDF2"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["tenants.backends.PeopleBackend"]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "/"

# --- Files ------------------------------------------------------------------------------------------------------------

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    # collectstatic compresses what the build has not: the files of the admin and of the REST documentation.
    "staticfiles": {"BACKEND": "servestatic.storage.CompressedStaticFilesStorage"},
}

# --- Checks -----------------------------------------------------------------------------------------------------------

SILENCED_SYSTEM_CHECKS = [
    "security.W005",  # subdomains: whether they have TLS is not our decision
    "security.W008",  # the proxy, which ends TLS, redirects to TLS; SECURE_SSL_REDIRECT if there is no proxy
    "security.W021",  # nor is it to have browsers preload it
]

# --- Browsers ---------------------------------------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [constants.SELF],
        "script-src": [constants.SELF],
        "style-src": [constants.SELF],
        "img-src": [constants.SELF, "data:"],
        "font-src": [constants.SELF, "data:"],
        "connect-src": [constants.SELF],
        "worker-src": [constants.SELF],
        "object-src": [constants.NONE],
        "base-uri": [constants.NONE],
        "form-action": [constants.SELF],
        "frame-ancestors": [constants.NONE],
    }
}

CORS_URLS_REGEX = r"^/(graphql|api)(/|$)"
CORS_ALLOW_HEADERS = [
    *default_headers,
    "apollographql-client-name",
    "apollographql-client-version",
    "graphql-client-name",
    "graphql-client-version",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "last-event-id",
    "traceparent",
    "x-request-id",
    "x-tenant",
]
CORS_EXPOSE_HEADERS = ["ETag", "Link", "Location", "Retry-After", "X-Request-ID"]


def cors(origins: list[str]) -> dict[str, Any]:
    """The settings of django-cors-headers for ``CORS_ORIGINS``.

    ``*`` lets pages of every origin in, but without the credentials that a browser sends by itself.
    """
    is_every = "*" in origins
    wildcards = [origin for origin in origins if "://*." in origin]
    return {
        "CORS_ALLOW_ALL_ORIGINS": is_every,
        "CORS_ALLOWED_ORIGINS": [origin for origin in origins if "*" not in origin],
        "CORS_ALLOWED_ORIGIN_REGEXES": [re.escape(each).replace(r"\*", r"[\w.-]+") + "$" for each in wildcards],
        "CORS_ALLOW_CREDENTIALS": not is_every,
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
        "OrderRefundStatus": "orders.states.RefundStatus",
    },
}

# --- The admin --------------------------------------------------------------------------------------------------------

# The app's accent colour in the admin's shades (frontend_demo/src/styles/base.css).
_PRIMARY = {
    "50": "#eef0ff",
    "100": "#e8ebff",
    "200": "#cfd5ff",
    "300": "#b3bdff",
    "400": "#9aa7ff",
    "500": "#6676f2",
    "600": "#3f52e0",
    "700": "#3346d3",
    "800": "#2a3fb8",
    "900": "#232b52",
    "950": "#171d38",
}
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
    "COLORS": {"primary": _PRIMARY},
    "STYLES": [lambda _: static("tenants/admin.css")],
}


def settings() -> dict[str, Any]:
    """The settings above, by name."""
    return {name: value for name, value in globals().items() if name.isupper() and not name.startswith("_")}
