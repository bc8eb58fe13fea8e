"""What it costs to tell N dashboards of one new order, and how soon they know."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.load import live_run
from benchmarks.load.attempt import attempt, found
from benchmarks.load.contestants import Place, named, serving
from benchmarks.load.places import places, preferred
from benchmarks.options import POSTGRESQL, Options
from benchmarks.peers.systems import MERCURIUS, OUR_SYSTEM, RAW, STOCK_SYSTEM, YOGA, System, WebServer
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

COLUMNS = (
    live_run.CPU_PER_DELIVERY,
    live_run.DELIVERIES,
    live_run.P50,
    live_run.P99,
    live_run.MEMORY,
    live_run.CPU_PER_SUBSCRIBE,
)
STARTING_SECONDS = 4.5
MANY = 5000


@dataclass(frozen=True, slots=True)
class Contender:
    """Who takes part; ``seconds`` is about what a thousand subscribers and their events take on a quiet machine.

    Who is not ``for_more`` is left out above 5,000, where it would take minutes to tell nothing new.
    """

    system: System
    server: WebServer
    seconds: float
    for_more: bool = True

    @property
    def name(self) -> str:
        return named(self.system, self.server)


CONTENDERS = (
    Contender(STOCK_SYSTEM, "Daphne", 8.5, for_more=False),
    Contender(OUR_SYSTEM, "uvicorn", 1),
    Contender(OUR_SYSTEM, "Daphne", 4, for_more=False),
    Contender(MERCURIUS, "", 1),
    Contender(YOGA, "", 1),
    Contender(RAW, "", 0.5),
)


def measure(options: Options, progress: Progress) -> Results:
    """Start each contestant again for each round, in turn: memory left by an earlier round would hide this one's."""
    results = Results(
        "live_delivery", "What does telling N subscribers of an order cost?", COLUMNS, baseline="stock on Daphne"
    )
    database = preferred(options.databases)
    systems = dict.fromkeys(one.system for one in CONTENDERS)
    with places(database, *systems, redis=database == POSTGRESQL) as made:
        by_system = {place.system: place for place in made}
        for count, contender in runs(options):
            if place := by_system.get(contender.system):
                run = one_run(place, contender, count)
                values = attempt(run, results, case(count), contender.name)
                progress.ran(weight(contender, count), found(results, case(count), contender.name, values))
    return results


def runs(options: Options) -> Iterator[tuple[int, Contender]]:
    """Every run, in order."""
    for count in options.subscribers:
        chosen = [one for one in CONTENDERS if options.wants(one.name) and (one.for_more or count <= MANY)]
        for _ in range(options.rounds):
            yield from ((count, contender) for contender in chosen)


def weight(contender: Contender, count: int) -> float:
    """About how long a run takes, in seconds."""
    return STARTING_SECONDS + contender.seconds * count / 1000


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return sum(weight(contender, count) for count, contender in runs(options))


def case(count: int) -> str:
    """What the results call this number of subscribers."""
    return f"{count:,} identical subscribers"


async def one_run(place: Place, contender: Contender, count: int) -> dict[str, float]:
    """Serve and measure one."""
    place.finish_tasks()
    with serving(place, contender.server) as contestant:
        return await live_run.one_run(contestant, place.system.operations.order_created(), count)
