"""The application as in Strawberry's guide to Channels."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.peers.stock.settings")
from django.core.asgi import get_asgi_application

django = get_asgi_application()  # Sets Django up, so modules that need Django are imported after it.

from strawberry.channels import GraphQLProtocolTypeRouter  # noqa: E402

from benchmarks.peers.stock.schema import schema  # noqa: E402

urlpatterns: list[object] = []
application = GraphQLProtocolTypeRouter(schema, django_application=django)  # type: ignore[arg-type]  # it is typed as text
