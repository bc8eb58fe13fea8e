"""A deferred statement: its result is not needed, so it is sent together with a later statement."""


class Later(str):
    """The text of a statement within a transaction that may be sent together with the next one, or with its COMMIT.

    PostgreSQL accepts several statements in one message (its simple query protocol), which saves a round trip for each
    but the last. An error of such a statement is raised by the statement that it is sent with: catch it around the
    transaction or the savepoint, not around the call. A later read sees its effect, because it is sent first. Outside a
    transaction, and on SQLite, it is like any other statement.
    """

    __slots__ = ()
