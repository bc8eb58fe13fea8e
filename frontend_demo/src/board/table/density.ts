/** How much room a row takes; kept in this browser. */
import { useState } from "react";

export const DENSITIES = ["comfortable", "compact"] as const;
export type Density = (typeof DENSITIES)[number];

const KEY = "density";

export function useDensity(): [Density, (density: Density) => void] {
  const [density, setDensity] = useState(() => DENSITIES.find((one) => one === window.localStorage.getItem(KEY)) ?? "comfortable");
  return [
    density,
    (next) => {
      window.localStorage.setItem(KEY, next);
      setDensity(next);
    },
  ];
}
