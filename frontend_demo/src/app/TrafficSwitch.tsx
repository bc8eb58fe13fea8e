/** Stops and starts the demo's own orders. It is there where they are: in `./dev up`, and not with `--quiet`. */
import { csrfHeaders } from "orders-client";
import { useEffect, useState } from "react";
import { useViewer } from "../api/viewer";
import { texts } from "../texts";
import { isTrafficOn, switchTraffic } from "./traffic";

export function TrafficSwitch() {
  const isDemo = useViewer().viewer?.isDemo ?? false;
  const [isOn, setIsOn] = useState<boolean | null>(null);
  useEffect(() => {
    if (isDemo) void isTrafficOn().then(setIsOn);
  }, [isDemo]);
  if (isOn === null) return null;
  const label = isOn ? texts.traffic.stop : texts.traffic.start;
  return (
    <button type="button" role="switch" className="icon" aria-checked={isOn} aria-label={texts.traffic.name} title={label} onClick={() => void switchTraffic(!isOn, csrfHeaders()).then(setIsOn)}>
      <span aria-hidden="true">{isOn ? "❚❚" : "▶"}</span>
    </button>
  );
}
