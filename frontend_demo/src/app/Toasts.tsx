import { texts } from "../texts";
import { dismiss, useToasts } from "./toasts";

export function Toasts() {
  return (
    <div className="toasts" role="status" aria-live="polite">
      {useToasts().map(({ id, text, tone }) => (
        <p key={id} className="toast" data-tone={tone}>
          {text}
          <button type="button" className="icon" aria-label={texts.dismiss} onClick={() => dismiss(id)}>
            ×
          </button>
        </p>
      ))}
    </div>
  );
}
