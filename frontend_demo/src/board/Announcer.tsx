/** For screen readers: the new orders, in one sentence every few seconds at most. */
import { useEffect, useRef, useState } from "react";
import { texts } from "../texts";
import type { Feed } from "./feed/feed";

const EVERY_MS = 5_000;

export function Announcer({ feed }: { feed: Feed | undefined }) {
  const [said, setSaid] = useState("");
  const newest = useRef(feed);
  const announced = useRef(0);
  newest.current = feed;
  useEffect(() => {
    const timer = setInterval(() => {
      const { arrived = 0, orders = [] } = newest.current ?? {};
      if (arrived > announced.current && orders[0]) setSaid(texts.orders.arrivedAloud(arrived - announced.current, orders[0]));
      announced.current = arrived;
    }, EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <p className="unseen" role="status">
      {said}
    </p>
  );
}
