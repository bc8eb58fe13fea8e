"""A simulation of orders that visit parts of the system one after the other, and wait where a part is busy."""

import heapq
import math
import random
from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Visit:
    """A service of ``mean`` ms, exponentially distributed, by one of a station's servers."""

    station: str
    mean: float


class Station:
    """Servers with one queue, first come, first served."""

    def __init__(self, servers: int) -> None:
        self.free = servers
        self.queue: deque[tuple[int, int]] = deque()


def journeys(
    way: Sequence[Visit], servers: Mapping[str, int], per_second: float, *, orders: int, seed: int = 1
) -> list[float]:
    """The sorted times, in ms, that orders take for their way, visit by visit, if they arrive at random.

    The first tenth is left out: the queues are empty at the beginning. Real services vary less than exponential ones,
    so that real waits are shorter.
    """
    source = random.Random(seed)  # it must be repeatable
    stations = {name: Station(count) for name, count in servers.items()}
    arrivals = list(accumulate(source.expovariate(per_second / 1000) for _ in range(orders)))
    ended: list[float] = [0.0] * orders
    events = [(arrived, number, 0, False) for number, arrived in enumerate(arrivals)]  # sorted, and so a heap

    def serve(moment: float, number: int, step: int) -> None:
        heapq.heappush(events, (moment + source.expovariate(1 / way[step].mean), number, step, True))

    while events:
        moment, number, step, is_served = heapq.heappop(events)
        station = stations[way[step].station]
        if not is_served:
            if station.free:
                station.free -= 1
                serve(moment, number, step)
            else:
                station.queue.append((number, step))
            continue
        if station.queue:
            serve(moment, *station.queue.popleft())
        else:
            station.free += 1
        if step + 1 < len(way):
            heapq.heappush(events, (moment, number, step + 1, False))
        else:
            ended[number] = moment
    return sorted(end - arrived for end, arrived in list(zip(ended, arrivals, strict=True))[orders // 10 :])


def most_per_second(way: Sequence[Visit], servers: Mapping[str, int]) -> float:
    """The orders a second at which the first station is busy all the time."""
    busy: dict[str, float] = defaultdict(float)
    for visit in way:
        busy[visit.station] += visit.mean / servers[visit.station]
    return 1000 / max(busy.values())


def percentile(times: Sequence[float], share: float) -> float:
    """The least of the sorted times that this share of all does not exceed."""
    return times[max(math.ceil(share * len(times)) - 1, 0)]
