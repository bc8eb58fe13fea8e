/** A text whose terms show their meaning: under the pointer, and when they have the focus. Escape hides it. */
import "./explained.css";
import { useId, useState } from "react";
import glossary from "virtual:glossary";
import { pieces } from "./terms";

/** The glossary is in English, as the terms of other languages are not in it. */
export function Explained({ children }: { children: string }) {
  return <span className="explained">{pieces(children, glossary).map(({ text, meaning }, place) => (meaning === undefined ? text : <Term key={place} text={text} meaning={meaning} />))}</span>;
}

function Term({ text, meaning }: { text: string; meaning: string }) {
  const id = useId();
  const [isHidden, setHidden] = useState(false);
  const show = () => setHidden(false);
  return (
    <span className="term" data-hidden={isHidden} onPointerEnter={show} onKeyDown={({ key }) => setHidden(key === "Escape")}>
      <button type="button" aria-describedby={id} onFocus={show}>
        {text}
      </button>
      <span role="tooltip" id={id}>
        {meaning}
      </span>
    </span>
  );
}
