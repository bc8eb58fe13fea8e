import { texts } from "../texts";
import { type Outcome, usePlaceOrder } from "./usePlaceOrder";

export default function NewOrder(_: { close: () => void }) {
  const { place, placing, outcome } = usePlaceOrder();
  const label = placing ? texts.place.placing : outcome && "unsure" in outcome ? texts.place.again : texts.place.button;
  return (
    <>
      <p className="quiet">{texts.place.explanation}</p>
      <button type="button" className="primary" aria-disabled={placing} onClick={() => void place()}>
        {label}
      </button>
      <p role="status">{outcome && told(outcome)}</p>
    </>
  );
}

function told(outcome: Outcome): string {
  if ("placed" in outcome) return texts.place.placed(outcome.placed);
  return "refused" in outcome ? texts.place.refused(outcome.refused) : texts.place.unsure(outcome.unsure);
}
