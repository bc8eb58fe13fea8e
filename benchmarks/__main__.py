"""``python -m benchmarks``: run the named benchmarks, or all.

``bench_<name>.py`` has ``measure(options, progress)`` and ``seconds(options)``.
"""

from importlib import import_module
from pkgutil import iter_modules
from typing import cast

import benchmarks
from benchmarks.command import Benchmark, main

PREFIX = "bench_"
IN_ORDER = [
    *["create_order", "idle", "create_orders", "list_orders", "new_document", "fixed_cost"],
    *["alone", "distinct", "scale", "storage", "live_delivery", "bulk"],
]
"""Those that share processes follow each other."""


def found() -> dict[str, Benchmark]:
    """Every benchmark of this package by its name, in the order in which they are run."""
    modules = [module.name for module in iter_modules(benchmarks.__path__) if module.name.startswith(PREFIX)]
    names = dict.fromkeys([*IN_ORDER, *(module.removeprefix(PREFIX) for module in modules)])
    return {name: cast(Benchmark, import_module(f"benchmarks.{PREFIX}{name}")) for name in names}


if __name__ == "__main__":
    main(found())
