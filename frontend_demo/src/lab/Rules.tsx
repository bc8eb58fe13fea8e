import { Explained } from "../learn/Explained";
import { texts } from "../texts";

export function Rules() {
  return (
    <section aria-labelledby="lab-rules">
      <h2 id="lab-rules">{texts.lab.rules}</h2>
      <ol className="rules">
        {texts.lab.rule.map(([name, sentence]) => (
          <li key={name} className="panel">
            <h3>{name}</h3>
            <p>
              <Explained>{sentence ?? ""}</Explained>
            </p>
          </li>
        ))}
      </ol>
    </section>
  );
}
