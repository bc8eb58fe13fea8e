"""Random subscriptions over the real schema: fragments, directives, variables, lists, and fields that fail."""

from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

LEAVES = {
    "OrderEvent": [
        "id",
        "type",
        "actor",
        "occurredAt",
        "sequence",
        "cursor",
        "changedFields",
        "numberedAt",
        "step",
        "processingStep",
        "risks",
        "__typename",
    ],
    "Order": [
        *("id", "number", "externalReference", "customerEmail", "currency", "status", "processingStatus", "version"),
        *("metadata", "createdAt", "paidAt", "availableTransitions", "__typename"),
    ],
    "OrderLine": ["id", "sku", "name", "quantity", "__typename"],
    "Money": ["amount", "currency", "__typename"],
    "OrderFieldChange": ["field", "before", "after", "__typename"],
    "OrderEventConnection": ["__typename"],
    "AuditRecordConnection": ["__typename"],
    "AuditRecord": ["action", "position", "objectId", "__typename"],
    "PageInfo": ["hasNextPage", "endCursor"],
}
BRANCHES = {
    "OrderEvent": [("order", "Order"), ("changes", "OrderFieldChange")],
    "Order": [
        ("total", "Money"),
        ("lines", "OrderLine"),
        ("events(first: 2)", "OrderEventConnection"),
        ("events(first: -1)", "OrderEventConnection"),
        ("auditRecords", "AuditRecordConnection"),
        ('auditRecords(after: "x")', "AuditRecordConnection"),
    ],
    "OrderLine": [("unitPrice", "Money"), ("total", "Money")],
    "Money": [],
    "OrderFieldChange": [],
    "OrderEventConnection": [("nodes", "OrderEvent"), ("pageInfo", "PageInfo")],
    "AuditRecordConnection": [("nodes", "AuditRecord")],
    "AuditRecord": [],
    "PageInfo": [],
}
DIRECTIVES = ["", "", "", " @include(if: $yes)", " @skip(if: $yes)", " @include(if: true)", " @skip(if: $no)"]
TOPICS = ["orderEvents", "orderCreated", "orderChanged", "orderEvents(where: $where)", "renamed: orderEvents"]
WHERES = [None, {}, {"status": {"eq": "PAID"}}, {"NOT": {"status": {"eq": "NEW"}}}, {"text": "ada"}]


@dataclass
class Writing:
    """The state of a document while it is written."""

    fragments: list[str] = field(default_factory=list)
    fields: int = 0


@st.composite
def subscriptions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A valid document and its variables."""
    writing = Writing()
    selection = selected(draw, "OrderEvent", 0, writing)
    topic = draw(st.sampled_from(TOPICS))
    head = "subscription S($yes: Boolean = true, $no: Boolean! = false, $where: OrderWhere)"
    unused = "__typename @include(if: $yes) @skip(if: $no)"
    document = f"{head} {{ {topic} {{ {unused} {selection} }} }} {' '.join(writing.fragments)}"
    if "$where" not in topic:
        document = document.replace(", $where: OrderWhere", "")
    variables: dict[str, Any] = {"no": draw(st.booleans())}
    if draw(st.booleans()):
        variables["yes"] = draw(st.booleans())
    if "$where" in topic:
        variables["where"] = draw(st.sampled_from(WHERES))
    return document, variables


def selected(draw: st.DrawFn, kind: str, depth: int, writing: Writing) -> str:
    """A selection set of a type."""
    parts = []
    for number in range(draw(st.integers(1, 3))):
        writing.fields += 1
        form = draw(st.sampled_from(["leaf", "branch", "branch", "inline", "fragment"])) if depth < 5 else "leaf"
        directive = draw(st.sampled_from(DIRECTIVES))
        if form == "branch" and BRANCHES[kind] and writing.fields < 25:
            name, below = draw(st.sampled_from(BRANCHES[kind]))
            parts.append(
                f"a{depth}{number}{writing.fields}: {name}{directive} {{ {selected(draw, below, depth + 1, writing)} }}"
            )
        elif form == "inline":
            parts.append(f"... on {kind}{directive} {{ {selected(draw, kind, depth + 1, writing)} }}")
        elif form == "fragment":
            name = f"F{writing.fields}"
            body = selected(draw, kind, depth + 1, writing)
            writing.fragments.append(f"fragment {name} on {kind} {{ {body} }}")
            parts.append(f"...{name}{directive}")
        else:
            leaf = draw(st.sampled_from(LEAVES[kind]))
            alias = draw(st.sampled_from(["", f"b{writing.fields}: "]))
            parts.append(f"{alias}{leaf}{directive}")
    return " ".join(parts)
