"""The protocol, case by case, in the process."""

import pytest

from graphql_server.testing.peer import Peer
from graphql_server.tests.websocket.protocol import Case, Says
from graphql_server.tests.websocket.protocol_cases import CASES
from graphql_server.tests.websocket.toy_socket import World, toy_socket


@pytest.mark.parametrize("case", CASES, ids=str)
async def test_case(case: Case) -> None:
    async with Peer(toy_socket(World())) as peer:
        for step in case.steps:
            if isinstance(step, Says):
                await peer.says(step.frame)
            else:
                assert await peer.hears() == step.message
        if case.end is None:
            assert await peer.is_alive()
        else:
            assert await peer.hears() == case.end
