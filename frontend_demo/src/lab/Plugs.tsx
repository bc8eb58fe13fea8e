import type { Plug } from "../api/generated";
import { texts } from "../texts";
import type { Tools } from "./state/useLab";

const SECONDS = 10;

export function Plugs({ plugs, pull }: { plugs: Tools["plugs"]; pull: (plug: Plug, seconds: number) => Promise<void> }) {
  return (
    <section aria-labelledby="lab-plugs">
      <h2 id="lab-plugs">{texts.lab.plugs}</h2>
      <ul className="plugs">
        {plugs.map((one) => (
          <PlugCard key={one.plug} {...one} pull={() => void pull(one.plug, SECONDS)} />
        ))}
      </ul>
    </section>
  );
}

function PlugCard({ plug, isAvailable, secondsLeft, dropped, pull }: Tools["plugs"][number] & { pull: () => void }) {
  const about = texts.lab.plug[plug];
  const isOut = secondsLeft > 0;
  return (
    <li className="panel plug" data-plug={plug} data-out={isOut}>
      <h3>{about.name}</h3>
      <p className="teaches">{about.does}</p>
      <div className="actions">
        <button type="button" className="danger" aria-disabled={isOut || !isAvailable} onClick={() => isOut || !isAvailable || pull()}>
          {about.pull}
        </button>
        <p className="quiet" role="status">
          {!isAvailable ? texts.lab.notHere : isOut ? about.out(Math.ceil(secondsLeft), dropped) : dropped > 0 && texts.lab.dropped(dropped)}
        </p>
      </div>
    </li>
  );
}
