"""Large request bodies of the REST door, refused as they come in."""

from http import HTTPStatus

import orjson

from graphql_api.body_limit import BodyLimit, Send
from orders.problems import MEDIA_TYPE, problem
from tenants.ids import uuid7


class ApiBodyLimit(BodyLimit):
    """The limit whose refusal is a problem document (RFC 9457)."""

    async def refuse(self, send: Send) -> None:
        """Answer, and close: what else the client has to say is not read."""
        request_id = uuid7().hex
        too_large = f"The body is larger than {self.most:,} bytes."
        document = problem(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, too_large, request_id=request_id)
        headers = [
            (b"content-type", MEDIA_TYPE.encode()),
            (b"connection", b"close"),
            (b"x-request-id", request_id.encode()),
        ]
        await send({"type": "http.response.start", "status": document["status"], "headers": headers})
        await send({"type": "http.response.body", "body": orjson.dumps(document)})
