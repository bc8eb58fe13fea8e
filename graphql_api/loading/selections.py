"""The selections of a document below a field, for the few resolvers that need them before they read."""

from collections.abc import Iterator
from typing import Any

from graphql import FieldNode, FragmentSpreadNode, GraphQLResolveInfo, SelectionNode
from strawberry.types import Info


def selects(info: Info[Any, Any], name: str) -> bool:
    """Whether the field ``name`` is selected right below this one, through fragments too; directives are not read."""
    raw = info._raw_info
    below = (selection for node in raw.field_nodes if node.selection_set for selection in node.selection_set.selections)
    return any(field.name.value == name for one in below for field in fields_of(one, raw))


def fields_of(selection: SelectionNode, info: GraphQLResolveInfo[Any]) -> Iterator[FieldNode]:
    """The fields of a selection. A valid document's fragments don't spread themselves."""
    if isinstance(selection, FieldNode):
        yield selection
        return
    if isinstance(selection, FragmentSpreadNode):
        selection_set = info.fragments[selection.name.value].selection_set
    else:
        selection_set = selection.selection_set  # type: ignore[attr-defined]  # an inline fragment, the third kind
    for one in selection_set.selections:
        yield from fields_of(one, info)
