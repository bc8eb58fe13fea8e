"""The bodies that the REST API takes. They define types; the rules are in the services (:mod:`orders.validation`)."""

from typing import Any, cast

from rest_framework import serializers

from orders import validation
from orders.services import NewOrder
from orders.validation import MAX_REASON, MAX_TRACKING_CODE, NewLine
from orders.values.amounts import as_decimal
from orders.values.currencies import PLACES
from orders.values.json_rules import floats
from orders.writing.updates import EMPTY

AMOUNT = {
    "oneOf": [
        {"type": "string", "pattern": r"^[0-9]{1,8}(\.[0-9]{1,2})?$"},
        {"type": "number", "minimum": 0, "maximum": 99999999.99, "multipleOf": 0.01},
    ],
    "example": "100.00",
}


class Given(serializers.Field[Any, Any, Any, Any]):
    """A value as it was sent, for the services to check; null is the same as leaving it out.

    ``schema`` describes it in the OpenAPI document.
    """

    def __init__(self, schema: dict[str, Any], **options: Any) -> None:
        super().__init__(**({"required": False, "allow_null": True} | options))
        self.schema = schema

    def to_internal_value(self, data: Any) -> Any:
        """The value itself."""
        return data

    def to_representation(self, value: Any) -> Any:
        """The value itself."""
        return value


class GivenAmount(Given):
    """An amount: a decimal string, or a number, which counts exactly."""

    def __init__(self, **options: Any) -> None:
        super().__init__(AMOUNT, **options)

    def to_internal_value(self, data: Any) -> Any:
        """The amount; text that is not an amount is left for the service to refuse."""
        amount = as_decimal(data)
        return data if amount is None else amount


def text(longest: int, *, shortest: int = 0) -> dict[str, Any]:
    """The schema of text."""
    return {"type": "string", "maxLength": longest} | ({"minLength": shortest} if shortest else {})


def whole_number(least: int, most: int) -> dict[str, Any]:
    """The schema of a whole number."""
    return {"type": "integer", "minimum": least, "maximum": most}


METADATA = {"type": "object", "additionalProperties": {}, "maxProperties": 1000}
TAGS = {
    "type": "array",
    "maxItems": validation.MAX_TAGS,
    "items": {"type": "string", "minLength": 1, "maxLength": validation.MAX_TAG},
}


class Input(serializers.Serializer[Any]):
    """An object whose every name is known: a misspelt one is not silently dropped."""

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The given values, without nulls."""
        unknown = [name for name in data if name not in self.fields] if isinstance(data, dict) else []
        if unknown:
            raise serializers.ValidationError({name[:100]: ["There is no such field."] for name in unknown[:20]})
        given = super().to_internal_value(data)
        return {name: value for name, value in given.items() if value is not None}


class Lines(serializers.ListSerializer[Any]):
    """A list that may be null, but has no null entries: DRF allows both or neither."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        cast("serializers.Field[Any, Any, Any, Any]", self.child).allow_null = False


class NewLineSerializer(Input):
    """One line of a new order."""

    class Meta:
        list_serializer_class = Lines

    sku = Given(
        text(validation.MAX_SKU, shortest=1),
        required=True,
        allow_null=False,
        help_text="The article number (SKU), 1 to 64 characters.",
    )
    name = Given(text(validation.MAX_NAME), help_text="The article's name, at most 200 characters.")
    quantity = Given(
        whole_number(1, validation.MAX_QUANTITY),
        required=True,
        allow_null=False,
        help_text="The number of pieces, from 1 to 1,000,000.",
    )
    unit_price = GivenAmount(
        required=True,
        allow_null=False,
        help_text="The price of one piece, at least 0, with at most as many decimal places as the currency has.",
    )


class NewOrderSerializer(Input):
    """A new order: either lines, whose total is the order's, or a total alone."""

    lines = NewLineSerializer(
        many=True,
        required=False,
        allow_null=True,
        max_length=validation.MAX_LINES,  # type: ignore[call-arg]  # many=True makes it a ListSerializer, which has it
        help_text="The order's lines, 1 to 500. Omit them to give a total only.",
    )
    total = GivenAmount(help_text="The total of an order without lines, from 0 to 99999999.99.")
    currency = Given(
        {"type": "string", "enum": sorted(PLACES)},
        help_text="An ISO 4217 code, such as EUR. Defaults to the tenant's currency.",
    )
    customer_email = Given(
        text(validation.MAX_EMAIL),
        help_text="The customer's e-mail address, at most 254 characters. Mails about the order are sent to it.",
    )
    customer_name = Given(text(validation.MAX_NAME), help_text="The customer's name, at most 200 characters.")
    external_reference = Given(
        text(validation.MAX_REFERENCE, shortest=1),
        help_text="Your own reference for the order, unique in the tenant, at most 100 characters.",
    )
    metadata = Given(
        METADATA,
        help_text="A JSON object of your own: at most 16 KiB, 10 levels and 1,000 values, numbers within ±(2^53 - 1).",
    )
    notes = Given(text(validation.MAX_NOTES), help_text="Internal notes, at most 5,000 characters.")
    tags = Given(TAGS, help_text="At most 20 tags of at most 40 characters.")
    status = Given(
        {"type": "string", "enum": ["NEW"]},
        help_text="The only allowed value is NEW, which is also the default.",
    )

    def new_order(self) -> NewOrder:
        """The arguments of the service."""
        given = dict(self.validated_data)
        lines = [NewLine(**line) for line in given.pop("lines", ())]
        if isinstance(tags := given.get("tags", ()), list):
            given["tags"] = tuple(tags)
        return NewOrder(lines=lines, **given | {"metadata": floats(given.get("metadata", {}))})


class MoveSerializer(Input):
    """A change of status."""

    expected_version = Given(
        whole_number(1, 2**31 - 1),
        help_text=(
            "The version that you received. If the order has changed since then, the call is refused and changes "
            "nothing."
        ),
    )

    def validate_expected_version(self, value: Any) -> int | None:
        """A whole number: no service checks it."""
        if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
            raise serializers.ValidationError("Must be a whole number.")
        return value


class ShipSerializer(MoveSerializer):
    """A shipment."""

    tracking_code = Given(
        text(MAX_TRACKING_CODE), help_text=f"The parcel's tracking code, at most {MAX_TRACKING_CODE} characters."
    )


class CancelSerializer(MoveSerializer):
    """A cancellation."""

    reason = Given(
        text(MAX_REASON), help_text=(f"The reason, at most {MAX_REASON} characters. The customer sees it in the mail.")
    )


class UpdateSerializer(MoveSerializer):
    """Changed fields; null empties one, and a field that is left out stays."""

    customer_email = Given(text(validation.MAX_EMAIL), help_text="The customer's e-mail address. While NEW or PAID.")
    customer_name = Given(text(validation.MAX_NAME), help_text="The customer's name. While NEW or PAID.")
    external_reference = Given(
        text(validation.MAX_REFERENCE, shortest=1), help_text="Your own reference for the order. While NEW or PAID."
    )
    metadata = Given(METADATA, help_text="Your own JSON object, which replaces the order's. While NEW or PAID.")
    notes = Given(text(validation.MAX_NOTES), help_text="Internal notes, at most 5,000 characters.")
    tags = Given(TAGS, help_text="At most 20 tags of at most 40 characters, which replace the order's.")

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """The given values; a null is the empty value."""
        given = super().to_internal_value(data)
        expected = {name: given.pop(name) for name in ("expected_version",) if name in given}
        emptied = {name: empty for name, empty in EMPTY.items() if name in data and data[name] is None}
        if "metadata" in given:
            given["metadata"] = floats(given["metadata"])
        return {"changes": given | emptied, **expected}


class RefundInputSerializer(MoveSerializer):
    """A refund."""

    amount = GivenAmount(help_text="The amount to refund. Defaults to all that is left of the payment.")
    reason = Given(text(MAX_REASON), help_text="The reason. The customer sees it in the mail.")
