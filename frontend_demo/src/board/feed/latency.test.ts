import { expect, it } from "vitest";
import { best, sampleOf } from "../../api/serverClock";
import { Latencies, percentile } from "./latency";

it("returns measured values", () => {
  const sorted = Array.from({ length: 100 }, (_, index) => index + 1);

  expect([percentile(sorted, 0.5), percentile(sorted, 0.95), percentile([7], 0.95), percentile([], 0.5)]).toEqual([50, 95, 7, undefined]);
});

it("drops values older than a minute, and counts negative times as zero", () => {
  const latencies = new Latencies();
  latencies.add(0, 500);
  latencies.add(50_000, -3);
  latencies.add(59_000, 20);

  expect(latencies.read(59_500).count).toBe(3);
  expect(latencies.read(61_000)).toEqual({ count: 2, p50: 0, p95: 20 });
  expect(latencies.read(61_000, 5_000).count).toBe(1);
});

it("uses the fastest answer for the offset of the clocks", () => {
  const slow = sampleOf(1_000, 1_400, new Date(6_000).toISOString());
  const quick = sampleOf(2_000, 2_010, new Date(7_005).toISOString());

  expect(best([slow, quick])).toEqual({ offsetMs: 5_000, tookMs: 10 });
});
