"""Subscribe to new orders, place one, and see it arrive.

pip install 'gql[httpx,websockets]'
python client.py [http://127.0.0.1:8000] [token]
"""

import asyncio
import sys
import uuid

from gql import Client, gql
from gql.transport.httpx import HTTPXAsyncTransport
from gql.transport.websockets import WebsocketsTransport

ADDRESS = (sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000") + "/graphql/"
HEADERS = {"authorization": f"Bearer {sys.argv[2]}"} if len(sys.argv) > 2 else {}

CURSOR = gql("{ orders(first: 1) { eventCursor } }")
CREATED = gql("""
    subscription ($after: String) {
      orderCreated(after: $after) { cursor order { number total { amount currency } } }
    }
""")
CREATE = gql("""
    mutation ($input: CreateOrderInput!) {
      createOrder(input: $input) { order { number } userErrors { code field message } }
    }
""")


async def watch(after: str) -> None:
    """Print the first order created after the cursor; keep each event's cursor to resume from."""
    socket = WebsocketsTransport(url=ADDRESS.replace("http", "ws", 1), init_payload=HEADERS)
    async with Client(transport=socket) as session:
        CREATED.variable_values = {"after": after}
        async for result in session.subscribe(CREATED):
            order = result["orderCreated"]["order"]
            print(f"arrived: {order['number']} over {order['total']['amount']} {order['total']['currency']}")
            return


async def main() -> None:
    """No event is lost between the cursor's read and the subscription, however long it takes to open."""
    async with Client(transport=HTTPXAsyncTransport(url=ADDRESS, headers=HEADERS)) as session:
        cursor = (await session.execute(CURSOR))["orders"]["eventCursor"]
        watching = asyncio.create_task(watch(cursor))
        order = {
            "idempotencyKey": str(uuid.uuid4()),  # Sent again after a lost answer, it makes no second order.
            "customerEmail": "ada@example.com",
            "lines": [{"sku": "TEA-1", "quantity": 2, "unitPrice": "12.50"}],
        }
        CREATE.variable_values = {"input": order}
        placed = (await session.execute(CREATE))["createOrder"]
        print(f"placed:  {placed['order']['number']}" if placed["order"] else placed["userErrors"])
        await asyncio.wait_for(watching, timeout=30)


asyncio.run(main())
