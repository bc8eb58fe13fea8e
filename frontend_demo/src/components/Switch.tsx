import "./switch.css";
import { texts } from "../texts";

/** On or off; without `change` it only shows. */
export function Switch({ isOn, label, change }: { isOn: boolean; label: string; change: ((on: boolean) => void) | undefined }) {
  return (
    <button type="button" role="switch" className="switch" aria-checked={isOn} aria-label={label} aria-disabled={!change} onClick={() => change?.(!isOn)}>
      <span className="knob" aria-hidden="true" />
      <span aria-hidden="true">{isOn ? texts.lab.on : texts.lab.off}</span>
    </button>
  );
}
