"""GraphQL over HTTP with the toy schema, for real servers: by its endpoint (``app``), by Django (``by_django``)."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django = get_asgi_application()  # Sets Django up, so modules that need Django are imported after it.

from django.conf import settings  # noqa: E402

from config.http.added_headers import added_headers  # noqa: E402
from graphql_api.server import server  # noqa: E402
from graphql_api.tests.serving import executor_for, serve  # noqa: E402
from graphql_server.http.body_limit import BodyLimit  # noqa: E402
from graphql_server.tests.toy import schema  # noqa: E402

settings.ROOT_URLCONF = "graphql_api.tests.server.toy_urls"
serve(executor_for(schema))
by_django = BodyLimit(django, server.executor.limits.bodies)
app = server.beside(by_django, added_headers)
