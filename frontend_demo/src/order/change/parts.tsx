import { type ReactNode, useId } from "react";
import { texts, troubleText } from "../../texts";
import type { Refused } from "./useChange";

/** A label, its field, a hint, and what is wrong with it. */
export function Labelled({ label, hint, error, children }: { label: string; hint?: string; error?: string | undefined; children: (field: { id: string; "aria-describedby": string; "aria-invalid": boolean }) => ReactNode }) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, "aria-describedby": `${id}-hint`, "aria-invalid": error !== undefined })}
      <p id={`${id}-hint`} className={error ? "error" : "quiet"}>
        {error ?? hint}
      </p>
    </div>
  );
}

/** What is not about one field. */
export function Problems({ refused: { general, trouble } }: { refused: Refused }) {
  if (!general.length && !trouble) return null;
  return (
    <p className="said" data-tone="bad" role="alert">
      {trouble ? troubleText(trouble) : general.join(" ")}
    </p>
  );
}

export function Actions({ confirm, close, isSending, danger = false }: { confirm: string; close: () => void; isSending: boolean; danger?: boolean }) {
  return (
    <div className="ask-actions">
      <button type="button" onClick={close}>
        {texts.move.back}
      </button>
      <button type="submit" className={danger ? "danger primary" : "primary"} disabled={isSending}>
        {confirm}
      </button>
    </div>
  );
}
