/** A button that opens a small panel under it; a click elsewhere or Escape closes it. */
import "./menu.css";
import { type ReactNode, useEffect, useRef } from "react";

export function Menu({ name, label, children }: { name: ReactNode; label?: string; children: ReactNode }) {
  const menu = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const close = (isBack: boolean) => {
      if (!menu.current?.open) return;
      menu.current.open = false;
      if (isBack) menu.current.querySelector("summary")?.focus();
    };
    const clicked = ({ target }: Event) => menu.current?.contains(target as Node) || close(false);
    const pressed = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !menu.current?.open) return;
      event.stopImmediatePropagation(); // an open drawer stays open
      close(true);
    };
    document.addEventListener("pointerdown", clicked);
    document.addEventListener("keydown", pressed, true);
    return () => {
      document.removeEventListener("pointerdown", clicked);
      document.removeEventListener("keydown", pressed, true);
    };
  }, []);
  return (
    <details ref={menu} className="menu">
      <summary className="button" aria-label={label}>
        {name}
      </summary>
      <div className="menu-body">{children}</div>
    </details>
  );
}
