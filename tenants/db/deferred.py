"""A deferred statement: its result is not needed, so it is sent together with a later statement."""


class Later(str):
    """The text of a statement within a transaction that may be sent together with the next one, or with its COMMIT.

    PostgreSQL takes several statements in one message (its simple query protocol), which saves each but the last its
    round trip. What such a statement raises is raised by the one it is sent with: catch it round the transaction or
    the savepoint, not round the call. Whatever reads afterwards sees what it did, since that is sent after it. Outside
    a transaction, and on SQLite, it is like any other.
    """

    __slots__ = ()
