"""The cost of a document that the server has not seen before, beside a known one, over HTTP."""

import itertools
from collections.abc import Iterator

from benchmarks.load import race
from benchmarks.load.contestants import Contestant
from benchmarks.load.places import preferred
from benchmarks.load.servers import Servers
from benchmarks.options import Options
from benchmarks.peers.contenders import OVER_HTTP
from benchmarks.report.progress import Progress
from benchmarks.report.results import Results

REQUESTS, WARM_REQUESTS = 400, 60
KNOWN, NEW = "a document that the server knows", "a new document each time"


def measure(options: Options, servers: Servers, progress: Progress) -> Results:
    """Keep all contestants running and query one order at each, with one document and with new documents."""
    question = "What does a new document cost?"
    results = Results("new_document", question, race.columns("request"), baseline=race.BASELINE)
    database = preferred(options.databases)
    aliases = itertools.count(1)
    everyone = servers.running(database, options.taking_part(OVER_HTTP, database), results)
    race.warm_up(everyone, lambda one: one.orders(WARM_REQUESTS))
    for case, changing in {KNOWN: itertools.repeat(0), NEW: aliases}.items():
        race.warm_up(everyone, asking(changing, WARM_REQUESTS))
        race.race(
            results,
            case,
            everyone,
            asking(changing, options.some(REQUESTS)),
            rounds=options.rounds,
            progress=progress,
        )
    return results


def asking(aliases: Iterator[int], count: int) -> race.Requests:
    """The requests, each with the document of the next alias."""
    return lambda one: [one.request(document(one, next(aliases)), {}) for _ in range(count)]


def document(contestant: Contestant, alias: int) -> str:
    """The query for one order with its lines; each alias makes it another document."""
    page = contestant.place.system.operations.list_orders.replace("first: 50", "first: 1")
    return page.replace("externalReference", f"externalReference tag{alias}: status", 1)


def seconds(options: Options) -> float:
    """About how long all of it takes on a quiet machine."""
    return race.seconds(options, OVER_HTTP, cases=2)
