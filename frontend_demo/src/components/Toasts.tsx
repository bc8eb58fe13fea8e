import "./toasts.css";
import { Link } from "wouter";
import { texts } from "../texts";
import { useFront } from "./layers";
import { useOrderDrawer } from "../browser/overlay";
import { type Toast, dismiss, useToasts } from "./toasts";

/** In each modal dialog and on the page; the messages are in the one in front. */
export function Toasts({ layer }: { layer?: string }) {
  const isFront = useFront() === layer;
  const toasts = useToasts();
  return (
    <div className="toasts" role="status" aria-live="polite">
      {isFront &&
        toasts.map((toast) => (
          <p key={toast.id} className="toast" data-tone={toast.tone}>
            <span>{toast.text}</span>
            <Show toast={toast} />
            <button type="button" className="icon" aria-label={texts.dismiss} onClick={() => dismiss(toast.id)}>
              ×
            </button>
          </p>
        ))}
    </div>
  );
}

function Show({ toast: { id, link } }: { toast: Toast }) {
  const drawer = useOrderDrawer();
  if (!link) return null;
  if ("href" in link) {
    const follow = () => {
      dismiss(id);
      document.getElementById(link.href.split("#")[1] ?? "")?.scrollIntoView({ block: "center" });
    };
    return (
      <Link href={link.href} onClick={follow}>
        {texts.show}
      </Link>
    );
  }
  const open = () => {
    drawer.open(link.order);
    dismiss(id);
  };
  return (
    <button type="button" className="link" onClick={open}>
      {texts.show}
    </button>
  );
}
