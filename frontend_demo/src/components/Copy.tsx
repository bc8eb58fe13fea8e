import { texts } from "../texts";
import { toast } from "./toasts";

/** Copies a text; where the browser does not allow that, the person is asked to copy it by hand. A sign takes less room than the word. */
export function Copy({ text, label, sign = false }: { text: string; label: string; sign?: boolean }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(texts.copied, "good");
    } catch {
      toast(texts.notCopied, "bad");
    }
  };
  return (
    <button type="button" className={sign ? "icon copy" : undefined} aria-label={label} title={sign ? label : undefined} onClick={() => void copy()}>
      {sign ? (
        <svg viewBox="0 0 16 16" aria-hidden="true">
          <path d="M5.5 5.5v-3h8v8h-3m-8-5h8v8h-8z" />
        </svg>
      ) : (
        texts.copy
      )}
    </button>
  );
}
