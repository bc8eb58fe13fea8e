"""``python -m benchmarks``: run the benchmarks that are named, or all; ``bench_<name>.py`` has ``measure(options)``."""

from importlib import import_module
from pkgutil import iter_modules

import benchmarks
from benchmarks.command import Benchmark, main

PREFIX = "bench_"


def found() -> dict[str, Benchmark]:
    """Every benchmark of this package by its name."""
    names = [module.name for module in iter_modules(benchmarks.__path__) if module.name.startswith(PREFIX)]
    return {name.removeprefix(PREFIX): import_module(f"benchmarks.{name}").measure for name in names}


if __name__ == "__main__":
    main(found())
