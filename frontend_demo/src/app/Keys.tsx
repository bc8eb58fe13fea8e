/** "?" shows the keys. */
import { useEffect, useState } from "react";
import { texts } from "../texts";
import { Dialog } from "../components/Dialog";

export function Keys() {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const writes = (event.target as HTMLElement).closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
      if (event.key !== "?" || event.ctrlKey || event.metaKey || event.altKey || writes || document.querySelector("dialog:modal")) return;
      event.preventDefault();
      setOpen(true);
    };
    window.addEventListener("keydown", press);
    return () => window.removeEventListener("keydown", press);
  }, []);
  if (!isOpen) return null;
  return (
    <Dialog title={texts.keys.heading} close={() => setOpen(false)}>
      <dl className="keys">
        {texts.keys.list.map(([keys, what]) => (
          <div key={what}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
