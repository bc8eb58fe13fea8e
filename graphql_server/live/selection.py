"""A subscription's document for events that the application has itself, such as those that it sends by webhook."""

import asyncio
from collections.abc import Callable
from typing import Any

from graphql_server.context import Context
from graphql_server.errors import ApiError
from graphql_server.execution.executor import Executor, Operation
from graphql_server.live.follow import Follow
from graphql_server.live.key import shown_key, template_of
from graphql_server.live.payloads import Payloads, cache, made_once
from graphql_server.ports.callers import Caller
from graphql_server.ports.event_source import Topic


class SelectionRefused(ValueError):
    """The document can't be used; ``messages`` says why."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__("; ".join(messages))
        self.messages = messages


class Selection:
    """A subscription's document for events that come from elsewhere than its stream: which it would send, and as what.

    Safe for threads without an event loop.

    Raises:
        SelectionRefused: the document is not valid, no subscription to events or too expensive, or a variable is wrong.
    """

    def __init__(
        self, executor: Executor, isolated: Callable[[Any], Any], operation: Operation, caller: Caller
    ) -> None:
        document = executor.documents.read(operation.query, is_ours=True)
        if document.errors:
            raise SelectionRefused([error["message"] for error in document.errors])
        try:
            executor.price(document, operation)
        except ApiError as error:
            raise SelectionRefused([str(error)]) from None
        name = operation.operation_name
        template = template_of(executor, document, name)
        if not template:
            raise SelectionRefused(["Must be one subscription, of one field without directives."])
        context = Context(caller, caller.request_id, "ws")
        with caller.acting():
            opened = asyncio.run(executor.runner.open_source(document, operation, context))
        if isinstance(opened, dict):
            raise SelectionRefused([error["message"] for error in opened["errors"]])
        core, wanted = opened
        if not isinstance(wanted, Follow) or wanted.after is not None:
            raise SelectionRefused(["Must be a subscription to events, without `after`."])
        self.topic: Topic = wanted.topic
        key = (executor, *shown_key(template.shown_text, template, operation.variables, caller))
        self._payloads = Payloads(key, core, caller.shared(), isolated, document.text, template.reads_database)

    def matches(self, event: Any) -> bool:
        """Whether the subscription would send the event."""
        return self.topic.matches(event)

    def body(self, event: Any) -> bytes:
        """The bytes that the subscription would send for the event.

        One that is kept is not made again, whether for this or for subscribers in this process.
        """
        payloads = self._payloads
        made = cache.get(payloads, event.id) or made_once(payloads, event.id, payloads.isolated(event))
        if isinstance(made, Exception):
            raise made
        return made
