import { texts, troubleText } from "../texts";
import type { Mover } from "./useMove";

/** The result of the last click: announced after success; after a failure with the reason and the possible actions. */
export function MoveOutcome({ mover: { moving, again, leave }, number }: { mover: Mover; number: string }) {
  return (
    <>
      <p className="unseen" role="status">
        {moving.state === "moved" && texts.move.moved(number, moving.order.status)}
      </p>
      {moving.state === "refused" && (
        <div className="move-problem" role="alert">
          <p>{texts.move.refused(moving.messages)}</p>
          <button type="button" onClick={leave}>
            {texts.move.dismiss}
          </button>
        </div>
      )}
      {moving.state === "failed" && (
        <div className="move-problem" role="alert">
          <p>{troubleText(moving.trouble)}</p>
          <button type="button" onClick={again}>
            {texts.move.again}
          </button>
          <button type="button" onClick={leave}>
            {texts.move.dismiss}
          </button>
        </div>
      )}
    </>
  );
}
