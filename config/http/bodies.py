"""Refuses large and slow request bodies of the REST API while they arrive."""

import orjson

from graphql_server.http.body_limit import BodyLimit, BodyRefused
from orders.rest.problems import MEDIA_TYPE, problem


class ApiBodyLimit(BodyLimit):
    """The limit whose refusal is a problem document (RFC 9457)."""

    def document(self, refused: BodyRefused, request_id: str) -> tuple[str, bytes]:
        """The problem document."""
        return MEDIA_TYPE, orjson.dumps(problem(refused.status, refused.message, request_id=request_id))
