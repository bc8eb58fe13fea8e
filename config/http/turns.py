"""Slots for requests of the REST API: no caller takes all of the process's threads and database connections.

A request gets a slot when its body is complete: a slow body keeps no slot. Unlike GraphQL's operations these run in
threads that asgiref makes as they are needed; the slots limit their number.
"""

import hashlib
from http import HTTPStatus

from config.http.refusals import refuse
from graphql_server.asgi_types import App, Message, Receive, Scope, Send
from graphql_server.execution.slots import Busy, Slots, Who
from graphql_server.http.headers import address_of, headers_of
from tenants.auth.authentication import InvalidToken, caller_at_hand

UNKNOWN = "unknown"
"""The group of tokens that were not looked up within the last second; each is a member of it."""


class InTurn:
    """ASGI middleware: ``app`` answers when it is the turn of the request's caller and tenant; otherwise 429."""

    def __init__(self, app: App, slots: Slots) -> None:
        self.app = app
        self.slots = slots

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        messages = await body_of(receive)
        who = slot_owner(scope)
        if not self.slots.take_now(who):
            try:
                await self.slots.take(who, sum(len(one.get("body", b"")) for one in messages))
            except Busy as busy:
                again_in = f"You run too much at a time. Try again in {busy.retry_after} s."
                await refuse(send, HTTPStatus.TOO_MANY_REQUESTS, again_in, retry_after=busy.retry_after)
                return
        try:
            await self.app(scope, again(messages, receive), send)
        finally:
            self.slots.release(who)


async def body_of(receive: Receive) -> list[Message]:
    """The messages up to the end of the body, or of the connection."""
    messages = [await receive()]
    while messages[-1].get("more_body"):
        messages.append(await receive())
    return messages


def again(messages: list[Message], receive: Receive) -> Receive:
    """``receive``, which begins with these messages."""
    left = iter(messages)

    async def received() -> Message:
        for message in left:
            return message
        return await receive()

    return received


def slot_owner(scope: Scope) -> Who:
    """The member and group that the request counts for, as far as they are known without the database."""
    headers = headers_of(scope)
    try:
        caller = caller_at_hand(headers=headers, client_ip=address_of(scope))
    except InvalidToken:
        caller = None
    if caller is not None and caller.tenant_id is not None:
        return caller.turn
    token = headers.get("authorization", "")
    return UNKNOWN, hashlib.sha256(token.encode()).digest() if token else address_of(scope)
