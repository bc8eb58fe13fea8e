"""The contestants' databases and processes: made when a question first needs them, and kept for the next questions."""

import contextlib
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.load.contestants import Contestant, Place, serving
from benchmarks.load.places import places
from benchmarks.options import POSTGRESQL
from benchmarks.peers.contenders import Contender
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

PREPARING_SECONDS = 1.5
"""About how long a contestant of a question takes to be ready; most of them run already."""

Key = tuple[str, str]
"""A database product and a contender's name."""


class Servers(contextlib.AbstractContextManager["Servers"]):
    """Contestants that run side by side, each with its own database. The end of the context ends and removes all."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.databases = ExitStack()
        self.places: dict[Key, Place | None] = {}
        self.processes: dict[Key, ExitStack] = {}
        self.contestants: dict[Key, Contestant] = {}

    def __exit__(self, *_: object) -> None:
        with self.databases:
            self.stop()

    def running(self, database: str, contenders: Sequence[Contender], results: Results) -> list[Contestant]:
        """These contestants, started unless they run; all others are stopped, so that they take no CPU meanwhile.

        One that can't be run here is left out with a message. One that fails to start is a failure of the results.
        """
        wanted = [(database, one.name) for one in contenders]
        self.stop(*wanted)
        return [made for one in contenders if (made := self.started(database, one, results))]

    def started(self, database: str, contender: Contender, results: Results) -> Contestant | None:
        """A contestant that runs, or nothing."""
        key = (database, contender.name)
        if key not in self.contestants and (place := self.place(database, contender, results)):
            with ExitStack() as stack:
                try:
                    self.contestants[key] = stack.enter_context(serving(contender, place))
                except Exception as error:
                    results.failed.append(f"{contender.name}, {database}: did not start: {error}")
                self.processes[key] = stack.pop_all()
        state = "ready" if key in self.contestants else "left out"
        self.progress.ran(PREPARING_SECONDS, f"{contender.name}, {database}: {state}")
        return self.contestants.get(key)

    def place(self, database: str, contender: Contender, results: Results) -> Place | None:
        """The contender's database with its tables; nothing if it can't be run here."""
        key = (database, contender.name)
        if key not in self.places:
            self.places[key] = None
            try:
                made = self.databases.enter_context(places(database, contender.system, redis=database == POSTGRESQL))
                self.places[key] = next(iter(made), None)
            except Exception as error:
                results.failed.append(f"{contender.name}, {database}: has no database: {error}")
        return self.places[key]

    def stop(self, *but: Key) -> None:
        """End the processes of all contestants but these; their databases stay."""
        for key in [key for key in self.processes if key not in but]:
            self.contestants.pop(key, None)
            self.processes.pop(key).close()
