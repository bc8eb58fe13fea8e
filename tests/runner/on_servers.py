"""The second pass of ``./dev test PATH``: the chosen tests that have a database, on PostgreSQL and Redis."""

import contextlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.runner import program
from tests.runner.chosen import NO_SERVERS, runs_on_servers
from tests.runner.passes import PYTEST_OPTIONS
from tests.runner.report import SKIPPED, Report
from tests.servers.products import PostgresServer, RedisServer
from tests.servers.server import NoServer, Server, shown_to_tests


class OnServers:
    """A pytest plugin that leaves out what has no database, or only the embedded one."""

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item], config: pytest.Config) -> None:
        left_out = [item for item in items if not runs_on_servers(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if runs_on_servers(item)]


@contextlib.contextmanager
def servers() -> Iterator[list[Server]]:
    """PostgreSQL and Redis, given, found or our own; none where one of them can't be had."""
    with contextlib.ExitStack() as stack:
        try:
            entered = [stack.enter_context(server) for server in (PostgresServer(), RedisServer())]
        except NoServer as error:
            print(error)
            entered = []
        yield entered


def main(arguments: Sequence[str]) -> int:
    """Run the tests; pytest's exit status. The last two arguments are ``--report PATH``."""
    with servers() as entered:
        if not entered:
            Report(outcomes={"database": SKIPPED}, reasons={"database": NO_SERVERS}).write(Path(arguments[-1]))
            return 0
        for server in entered:
            os.environ.update(server.environment)
        os.environ.update(shown_to_tests(entered))
        return int(pytest.main([*PYTEST_OPTIONS, *arguments], plugins=[OnServers()]))


if __name__ == "__main__":
    program.run(main)
