/** Places orders at a steady rate while it is on, so that there is something to watch. */
import { useEffect, useState } from "react";
import { usePlacing } from "./usePlacing";

export const RATES = [0, 1, 5, 20] as const;

const MOST_UNANSWERED = 20;

export interface Traffic {
  readonly rate: number;
  readonly setRate: (rate: number) => void;
  readonly placed: number;
  /** Orders that were refused or not answered. */
  readonly failed: number;
}

export function useTraffic(): Traffic {
  const placeOne = usePlacing();
  const [rate, setRate] = useState(0);
  const [counts, setCounts] = useState({ placed: 0, failed: 0 });
  useEffect(() => {
    if (!rate) return;
    let unanswered = 0;
    const place = async () => {
      if (unanswered >= MOST_UNANSWERED) return; // a busy server gets no more than it can process
      unanswered++;
      const name = (await placeOne()) ? "placed" : "failed";
      unanswered--;
      setCounts((before) => ({ ...before, [name]: before[name] + 1 }));
    };
    void place();
    const timer = setInterval(() => void place(), 1_000 / rate);
    return () => clearInterval(timer);
  }, [placeOne, rate]);
  return { rate, setRate, ...counts };
}
