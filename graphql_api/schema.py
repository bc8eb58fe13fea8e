"""Assembles the schema. ``schema.graphql`` beside this file is its committed form; ``./dev schema`` writes it."""

import strawberry
from strawberry.schema.config import StrawberryConfig

from graphql_api.mutations import Mutation
from graphql_api.queries import Query
from graphql_api.scalars import SCALARS
from graphql_api.subscriptions import Subscription
from graphql_api.types.audit_records import AuditRecord
from graphql_api.types.deliveries import Delivery
from graphql_api.types.enums import ErrorCode
from graphql_api.types.orders import Order, OrderEvent

schema = strawberry.Schema(
    query=Query,
    mutation=Mutation,
    subscription=Subscription,
    types=[Order, OrderEvent, Delivery, AuditRecord, ErrorCode],
    config=StrawberryConfig(scalar_map=SCALARS),
)
