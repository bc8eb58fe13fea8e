"""The chat as an ASGI application, for real servers: ``graphql_server.tests.servers.chat_server:app``."""

from channels.routing import ProtocolTypeRouter
from django.conf import settings

settings.configure(DATABASES={})

from graphql_server.asgi_types import Receive, Scope, Send  # noqa: E402
from graphql_server.limits import BodyLimits, Limits  # noqa: E402
from graphql_server.tests.chat.server import Chat  # noqa: E402

server = Chat(limits=Limits(bodies=BodyLimits())).server


async def http(scope: Scope, receive: Receive, send: Send) -> None:
    """GraphQL, and at ``/open/`` the number of open streams and sockets."""
    if scope["path"] != "/open/":
        await server.http(scope, receive, send)
        return
    body = str(sum(1 for _ in server.handler.backend.drain.sockets)).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})


app = ProtocolTypeRouter({"http": http, "websocket": server.websocket})
