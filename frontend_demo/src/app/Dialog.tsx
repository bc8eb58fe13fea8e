/** The browser's own modal dialog: it keeps the focus inside, returns it, and closes by Escape. */
import { type ReactNode, useId, useLayoutEffect, useRef } from "react";
import { texts } from "../texts";

interface Props {
  readonly title: string;
  /** In the middle, or at the right edge over the page's whole height. */
  readonly kind?: "dialog" | "drawer";
  readonly close: () => void;
  readonly children: ReactNode;
}

/** Open as long as it is rendered. An element with `data-focus` gets the focus; content that loads later has autoFocus. */
export function Dialog({ title, kind = "dialog", close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  // Close it before it is removed: only then does the browser return the focus.
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    element?.querySelector<HTMLElement>("[data-focus]")?.focus(); // autoFocus runs before anything is visible
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      className={kind}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== dialog.current) return; // a file chooser's event, which bubbles
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
