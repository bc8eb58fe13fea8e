"""Reads and changes the ledger of receivers and deliveries over GraphQL."""

from typing import Any

from events.models import Delivery
from graphql_api.ids import global_id
from graphql_api.tests.client import data_of

SWITCH = """mutation ($input: SetReceiverEnabledInput!) {
  setReceiverEnabled(input: $input) { skipped receiver { name enabled isOffForAll } userErrors { code field message } }
}"""
RETRY = """mutation ($id: ID!) {
  retryDelivery(input: {id: $id}) { delivery { id status attempts failed { code } } userErrors { code field message } }
}"""
REPLAY = """mutation ($input: ReplayEventsInput!, $dryRun: Boolean) {
  replayEvents(input: $input, dryRun: $dryRun) {
    dryRun events reopened opened hasMore endCursor userErrors { code field message }
  }
}"""


def delivery(receiver: str, sequence: int = 1) -> Delivery:
    found: Delivery = Delivery.objects.get(receiver=receiver, sequence=sequence)
    return found


def change(row: Delivery, **fields: Any) -> str:
    """Change the row, and return its global id."""
    Delivery.objects.filter(pk=row.pk).update(**fields)
    return global_id("Delivery", row.pk)


def switch(receiver: str, *, enabled: bool, catch_up: bool = True, caller: Any = None) -> dict[str, Any]:
    given = {"receiver": receiver, "enabled": enabled, "catchUp": catch_up}
    answer: dict[str, Any] = data_of(SWITCH, {"input": given}, caller=caller)["setReceiverEnabled"]
    return answer


def replay(caller: Any = None, dry_run: bool | None = None, **given: Any) -> dict[str, Any]:
    variables = {"input": given} | ({} if dry_run is None else {"dryRun": dry_run})
    answer: dict[str, Any] = data_of(REPLAY, variables, caller=caller)["replayEvents"]
    return answer
