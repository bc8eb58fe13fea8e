"""``python -m benchmarks``: run the benchmarks that are named, or all.

``bench_<name>.py`` has ``measure(options, progress)`` and ``seconds(options)``.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import benchmarks
from benchmarks.command import Benchmark, main

PREFIX = "bench_"
FIRST = ["live_delivery", "distinct", "create_order", "create_orders", "list_orders", "fixed_cost"]


def found() -> dict[str, Benchmark]:
    """Every benchmark of this package by its name, those that most is asked of first."""
    modules = [module.name for module in iter_modules(benchmarks.__path__) if module.name.startswith(PREFIX)]
    names = dict.fromkeys([*FIRST, *(module.removeprefix(PREFIX) for module in modules)])
    return {name: cast(Benchmark, import_module(f"benchmarks.{PREFIX}{name}")) for name in names}


if __name__ == "__main__":
    main(found())
