import { stringifyDocument } from "@urql/core";
import { BoardEventsDocument, BoardPageDocument } from "../api/generated";
import { texts } from "../texts";
import { type Outcome, usePlaceOrder } from "./usePlaceOrder";

export function PlaceOrder() {
  const { place, placing, outcome } = usePlaceOrder();
  const label = placing ? texts.place.placing : outcome && "unsure" in outcome ? texts.place.again : texts.place.button;
  return (
    <section className="panel">
      <h2>{texts.place.heading}</h2>
      <button type="button" className="primary" aria-disabled={placing} onClick={() => void place()}>
        {label}
      </button>
      <p className="outcome" role="status" data-placed={outcome && "placed" in outcome}>
        {outcome && told(outcome)}
      </p>
      <p className="small">{texts.place.explanation}</p>
    </section>
  );
}

function told(outcome: Outcome): string {
  if ("placed" in outcome) return texts.place.placed(outcome.placed);
  return "refused" in outcome ? texts.place.refused(outcome.refused) : texts.place.unsure(outcome.unsure);
}

export function Behind() {
  return (
    <section className="panel">
      <h2>{texts.behind.heading}</h2>
      <ol className="steps">
        {texts.behind.steps.map(([name, sentence]) => (
          <li key={name}>
            <strong>{name}</strong> {sentence}
          </li>
        ))}
      </ol>
    </section>
  );
}

const IN_GRAPHIQL = [
  [graphiqlLink(stringifyDocument(BoardPageDocument), { first: 20 }), texts.explore.thisPage],
  [graphiqlLink(stringifyDocument(BoardEventsDocument), {}), texts.explore.thisFeed],
] as const;

/** In the fragment, which needs no server and has no limit of length. */
function graphiqlLink(query: string, variables: object): string {
  return `/graphql/#${new URLSearchParams({ query, variables: JSON.stringify(variables) })}`;
}

export function Explore() {
  return (
    <nav className="panel" aria-labelledby="explore-heading">
      <h2 id="explore-heading">{texts.explore.heading}</h2>
      <ul className="links">
        {texts.explore.links.map(([href, name, purpose]) => (
          <li key={href}>
            <a href={href}>{name}</a>
            <span>{purpose}</span>
          </li>
        ))}
      </ul>
      <ul className="operations">
        {IN_GRAPHIQL.map(([href, name]) => (
          <li key={href}>
            <a href={href}>{name}</a>
          </li>
        ))}
      </ul>
    </nav>
  );
}
