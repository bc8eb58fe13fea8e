/** Counts the orders that arrive while the page is not looked at, and alerts, at most every few seconds. */
import { useEffect, useRef } from "react";
import { alertOf, setUnseen } from "../../browser/attention";
import { useOrderDrawer } from "../../browser/overlay";
import type { Feed } from "./feed";
import { texts } from "../../texts";

const ALERT_EVERY_MS = 5_000;

export function useAttention(feed: Feed | undefined): void {
  const arrived = feed?.arrived ?? 0;
  const seen = useRef(arrived);
  const alerted = useRef({ at: -Infinity, arrived });
  const newest = useRef(feed?.orders[0]);
  newest.current = feed?.orders[0];
  const { open } = useOrderDrawer();
  const latest = useRef(open);
  latest.current = open;

  useEffect(() => {
    const looked = () => {
      if (document.hidden) return;
      seen.current = arrived;
      setUnseen(0);
    };
    if (arrived < seen.current) seen.current = arrived; // another filter, or the page was loaded again
    alerted.current.arrived = Math.min(alerted.current.arrived, arrived);
    if (document.hidden) setUnseen(arrived - seen.current);
    else looked();
    const wait = alerted.current.at + ALERT_EVERY_MS - performance.now();
    const alert = () => {
      const count = arrived - alerted.current.arrived;
      if (count <= 0 || !newest.current) return;
      alerted.current = { at: performance.now(), arrived };
      const { number } = newest.current;
      alertOf(texts.orders.arrivedAloud(count, newest.current), () => latest.current(number));
    };
    const timer = setTimeout(alert, Math.max(0, wait));
    document.addEventListener("visibilitychange", looked);
    return () => {
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", looked);
    };
  }, [arrived]);
  useEffect(() => () => setUnseen(0), []);
}
