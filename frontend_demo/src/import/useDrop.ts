/** A file may be dropped anywhere on the page: outside the zone, the browser would leave the page for it. */
import { useEffect, useState } from "react";
import { importer } from "./sending/server";

export async function take(file: File): Promise<void> {
  await importer.open(file.name, new Uint8Array(await file.arrayBuffer()));
}

/** Whether something is dragged over the page now. */
export function useDrop(): boolean {
  const [over, setOver] = useState(false);
  useEffect(() => {
    const dragged = (event: DragEvent) => {
      event.preventDefault();
      if (event.type === "dragleave" && event.relatedTarget) return; // to another element of the page
      setOver(event.type === "dragover" && importer.state().status !== "running");
    };
    const dropped = (event: DragEvent) => {
      dragged(event);
      const file = event.dataTransfer?.files[0];
      if (file && importer.state().status !== "running") void take(file); // a running import is not replaced
    };
    const events = { dragover: dragged, dragleave: dragged, drop: dropped } as const;
    for (const [type, listener] of Object.entries(events)) window.addEventListener(type as "drop", listener);
    return () => {
      for (const [type, listener] of Object.entries(events)) window.removeEventListener(type as "drop", listener);
    };
  }, []);
  return over;
}
