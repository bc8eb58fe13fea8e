import { texts } from "../texts";
import { RATES, useTraffic } from "./state/useTraffic";

export function TrafficControl() {
  const { rate, setRate, placed, failed } = useTraffic();
  return (
    <fieldset className="panel traffic">
      <legend className="unseen">{texts.lab.traffic}</legend>
      <strong aria-hidden="true">{texts.lab.traffic}</strong>
      <div className="pills">
        {RATES.map((one) => (
          <label key={one}>
            <input type="radio" name="rate" checked={one === rate} onChange={() => setRate(one)} />
            <span>{texts.lab.rate(one)}</span>
          </label>
        ))}
      </div>
      <p className="quiet">
        {texts.lab.placed(placed)}
        {failed > 0 && texts.lab.notPlaced(failed)}
      </p>
    </fieldset>
  );
}
