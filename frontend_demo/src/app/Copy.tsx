import { texts } from "../texts";
import { toast } from "./toasts";

/** Copies a text; where the browser does not allow that, the person is asked to copy it by hand. */
export function Copy({ text, label }: { text: string; label: string }) {
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      toast(texts.copied, "good");
    } catch {
      toast(texts.notCopied, "bad");
    }
  };
  return (
    <button type="button" aria-label={label} onClick={() => void copy()}>
      {texts.copy}
    </button>
  );
}
