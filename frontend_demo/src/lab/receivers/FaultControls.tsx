/** Break a receiver, watch what fails, repair it. */
import { useId, useState } from "react";
import type { FaultMode } from "../../api/generated";
import { texts } from "../../texts";
import type { Actions } from "../state/useActions";
import type { Tools } from "../state/useLab";

const MODES: readonly FaultMode[] = ["ALWAYS", "EVERY_THIRD", "NEXT"];
const NEXT_MAX = 100;

type Fault = Tools["receivers"][number]["fault"];

export function FaultControls({ name, fault, actions }: { name: string; fault: Fault; actions: Actions }) {
  const [mode, setMode] = useState<FaultMode>("ALWAYS");
  const [count, setCount] = useState(3);
  const field = useId();
  if (fault) {
    const said = fault.left === null ? texts.lab.mode[fault.mode] : texts.lab.nextLeft(fault.left);
    return (
      <div className="fault" data-broken="true">
        <p role="status">{texts.lab.isBroken(said, fault.failed, fault.attempts)}</p>
        <button type="button" className="primary" onClick={() => void actions.repairReceiver(name)}>
          {texts.lab.repair}
        </button>
      </div>
    );
  }
  return (
    <div className="fault">
      <label htmlFor={field}>{texts.lab.breakIt}</label>
      <select id={field} value={mode} onChange={({ target }) => setMode(target.value as FaultMode)}>
        {MODES.map((one) => (
          <option key={one} value={one}>
            {texts.lab.mode[one]}
          </option>
        ))}
      </select>
      {mode === "NEXT" && (
        <input type="number" min={1} max={NEXT_MAX} value={count} aria-label={texts.lab.howMany} onChange={({ target }) => setCount(Math.min(Math.max(target.valueAsNumber || 1, 1), NEXT_MAX))} />
      )}
      <button type="button" className="danger" onClick={() => void actions.breakReceiver(name, mode, count)}>
        {texts.lab.breakNow}
      </button>
    </div>
  );
}
