"""``python -m benchmarks``: run the benchmarks that are named, or all."""

from benchmarks import bench_create_order, bench_events_cost, bench_idle, bench_list_orders, bench_live_delivery
from benchmarks.command import Benchmark, main

BENCHMARKS: dict[str, Benchmark] = {
    "create_order": bench_create_order.measure,
    "list_orders": bench_list_orders.measure,
    "events_cost": bench_events_cost.measure,
    "idle": bench_idle.measure,
    "live_delivery": bench_live_delivery.measure,
}

if __name__ == "__main__":
    main(BENCHMARKS)
