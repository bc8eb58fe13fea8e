/** The browser's own dialog: modal, it keeps the focus inside, returns it, and closes by Escape. On a wide screen the drawer is a pane beside the page. */
import "./dialog.css";
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from "react";
import { texts } from "../texts";
import { Toasts } from "./Toasts";
import { useLayer } from "./layers";
import { useMedia } from "../browser/useMedia";

/** From here on there is room for the page and a pane (dialog.css). */
const WITH_PANE = "(min-width: 100rem)";

interface Props {
  readonly title: string;
  /** Beside the title, such as a button that copies it. */
  readonly aside?: ReactNode;
  /** In the middle, or at the right edge over the page's whole height. */
  readonly kind?: "dialog" | "drawer";
  readonly close: () => void;
  readonly children: ReactNode;
}

/** Open as long as it is rendered. An element with `data-focus` gets the focus; content that loads later has autoFocus. */
export function Dialog({ title, aside, kind = "dialog", close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const isPane = useMedia(WITH_PANE) && kind === "drawer";
  // Close it before it is removed: only then does the browser return the focus.
  useLayoutEffect(() => {
    const element = dialog.current;
    if (isPane) element?.show();
    else element?.showModal();
    // autoFocus runs before anything is visible. Without a field that wants it, the heading has the focus: it is read first.
    (element?.querySelector<HTMLElement>("[data-focus]") ?? element?.querySelector<HTMLElement>("h2"))?.focus();
    return () => element?.close();
  }, [isPane]);
  useLayer(heading, !isPane);
  usePane(isPane, close);
  return (
    <dialog
      ref={dialog}
      className={kind}
      data-pane={isPane}
      aria-labelledby={heading}
      onCancel={(event) => {
        if (event.target !== dialog.current) return; // a file chooser's event, which bubbles
        event.preventDefault();
        close();
      }}
      onClick={(event) => !isPane && event.target === dialog.current && close()}
    >
      <div className="dialog-heading">
        <h2 id={heading} tabIndex={-1}>
          {title}
        </h2>
        {aside}
        <button type="button" className="icon dialog-close" aria-label={texts.close} onClick={close}>
          ×
        </button>
      </div>
      <div className="dialog-body">{children}</div>
      {!isPane && <Toasts layer={heading} />}
    </dialog>
  );
}

/** The page makes room for the pane, and Escape closes it, as it closes a modal dialog. */
function usePane(isPane: boolean, close: () => void): void {
  const latest = useRef(close);
  latest.current = close;
  useEffect(() => {
    if (!isPane) return;
    document.documentElement.dataset["pane"] = "";
    const press = ({ key, defaultPrevented }: KeyboardEvent) => key === "Escape" && !defaultPrevented && !document.querySelector("dialog:modal") && latest.current();
    window.addEventListener("keydown", press);
    return () => {
      delete document.documentElement.dataset["pane"];
      window.removeEventListener("keydown", press);
    };
  }, [isPane]);
}
