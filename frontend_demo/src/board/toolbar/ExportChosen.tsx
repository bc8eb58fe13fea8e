import { useState } from "react";
import { saveCsv } from "../../browser/save";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import { csvNamed, readCsv } from "./export";
import type { Sort } from "../filter/sort";

/** Saves the chosen orders as a file. */
export function ExportChosen({ numbers, sort }: { numbers: readonly string[]; sort: Sort }) {
  const [isReading, setReading] = useState(false);
  const save = async () => {
    setReading(true);
    try {
      saveCsv("orders.csv", await csvNamed(numbers, sort, readCsv));
    } catch {
      toast(texts.orders.notExported, "bad");
    } finally {
      setReading(false);
    }
  };
  return (
    <button type="button" disabled={isReading} onClick={() => void save()}>
      {texts.orders.export}
    </button>
  );
}
