/** A modal dialog: the browser's own keeps the focus in it, closes on Escape and gives the focus back. */
import { type ReactNode, useEffect, useId, useLayoutEffect, useRef } from "react";

interface Props {
  readonly heading: string;
  readonly close: () => void;
  readonly children: ReactNode;
}

export function Dialog({ heading, close, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const headingId = useId();
  const closing = useRef(close);
  useEffect(() => {
    closing.current = close;
  }, [close]);

  useLayoutEffect(() => {
    const shown = dialog.current;
    if (!shown?.isConnected) return undefined;
    const closed = () => closing.current();
    shown.showModal();
    shown.addEventListener("close", closed);
    return () => {
      shown.removeEventListener("close", closed);
      shown.close();
    };
  }, []);

  // Keys and clicks in the dialog are not for what lies under it in the page's tree.
  return (
    <dialog ref={dialog} className="dialog" aria-labelledby={headingId} onKeyDown={(event) => event.stopPropagation()} onClick={(event) => event.stopPropagation()}>
      <h2 id={headingId}>{heading}</h2>
      {children}
    </dialog>
  );
}
