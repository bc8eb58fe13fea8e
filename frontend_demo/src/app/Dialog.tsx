/** The browser's own modal dialog: it keeps the focus in, gives it back, and closes by Escape. */
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { texts } from "../texts";

interface Props {
  readonly title: string;
  /** In the middle, or at the right edge over the page's whole height. */
  readonly kind?: "dialog" | "drawer";
  readonly close: () => void;
  readonly children: ReactNode;
}

/** Open as long as it is rendered. What has `data-focus` gets the focus; content that is loaded later has autoFocus. */
export function Dialog({ title, kind = "dialog", close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Closed while it is still in the page: only then does the browser give the focus back.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-focus]")?.focus(); // autoFocus comes before there is anything to see
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={kind}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== dialog.current) return; // a file chooser's, which bubbles
        event.preventDefault();
        close();
      }}
      onClick={(event) => event.target === dialog.current && close()}
    >
      <div className="dialog-body">
        <div className="dialog-heading">
          <h2 id={heading}>{title}</h2>
          <button type="button" className="icon" aria-label={texts.close} onClick={close}>
            ×
          </button>
        </div>
        {children}
      </div>
    </dialog>
  );
}
