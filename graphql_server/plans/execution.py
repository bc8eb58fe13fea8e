"""Execution by plans: graphql-core's executor, which uses compiled functions where there are any."""

from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationType
from graphql.execution import Executor

from graphql_server.context import Context
from graphql_server.internals import CollectedErrors
from graphql_server.plans.document_plans import Plans
from graphql_server.plans.values import Awaited


class ByPlans(Executor[Any]):
    """An executor that executes by the document's ``plans`` if they are given.

    The response and every error are graphql-core's; a plan only coerces variables and walks over the fields.
    """

    lists_are_usual = True
    """Whether no list of this execution had an unusual value so far (:mod:`graphql_server.plans.lists`)."""

    def __init__(self, *args: Any, plans: Plans | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plans = plans

    @classmethod
    def build(
        cls,
        schema: GraphQLSchema,
        document: DocumentNode,
        root_value: Any = None,
        context_value: Any = None,
        raw_variable_values: dict[str, Any] | None = None,
        operation_name: str | None = None,
        *args: Any,
        plans: Plans | None = None,
        **options: Any,
    ) -> list[GraphQLError] | Executor[Any]:
        """graphql-core's, which begins an execution."""
        variables = plans.variables(schema, document, operation_name) if plans else None
        values = variables.coerced(raw_variable_values or {}) if variables else None
        if variables is None or values is None:
            given = (raw_variable_values, operation_name, *args)
            return super().build(schema, document, root_value, context_value, *given, plans=plans, **options)
        made = super().build(
            schema, variables.document, root_value, context_value, None, None, *args, plans=plans, **options
        )
        if not isinstance(made, list):
            made.operation, made.variable_values = variables.operation, values
        return made

    def execute_root_grouped_field_set(self, *args: Any) -> Any:
        plan = self.plans.of(self) if self.plans else None
        if plan is None:
            return super().execute_root_grouped_field_set(*args)
        if isinstance(self.context_value, Context) and self.operation.operation is OperationType.QUERY:
            self.context_value.selected_fields = plan.selected_fields
        try:
            return plan.select(self, self.root_value, None)
        except Awaited:
            if self.operation.operation is not OperationType.SUBSCRIPTION:
                raise TypeError("A resolver returned something to await.") from None
        self.collected_errors = CollectedErrors()
        return super().execute_root_grouped_field_set(*args)


def planned(base: type[Executor[Any]]) -> type[Executor[Any]]:
    """``base``, a stoppable executor, with :class:`ByPlans`."""
    return type("PlannedExecutor", (ByPlans, base), {})
