"""Large and slow request bodies of the REST door, refused as they come in."""

import orjson

from graphql_server.http.body_limit import BodyLimit, BodyRefused, Send
from orders.rest.problems import MEDIA_TYPE, problem
from tenants.values.identifiers import uuid7


class ApiBodyLimit(BodyLimit):
    """The limit whose refusal is a problem document (RFC 9457)."""

    async def refuse(self, send: Send, refused: BodyRefused) -> None:
        """Answer, and close: what else the client has to say is not read."""
        request_id = uuid7().hex
        document = problem(refused.status, refused.message, request_id=request_id)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": document["status"], "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(document)})
