import type { Refusal } from "../en/refusals";

type Said = string | ((field: string) => string | undefined);

const TEXT = "Enthält ein Zeichen, das hier nicht erlaubt ist.";
const AMOUNT = "Muss ein Betrag ab 0 sein, etwa 12.50, mit höchstens so vielen Nachkommastellen, wie die Währung hat.";
const INVALID: Readonly<Record<string, string>> = {
  customerEmail: "Muss eine E-Mail-Adresse sein.",
  currency: "Muss ein Währungscode nach ISO 4217 sein, etwa EUR.",
  total: AMOUNT,
  unitPrice: AMOUNT,
  amount: "Muss ein Betrag über 0 sein, etwa 12.50.",
  quantity: "Muss eine ganze Zahl ab 1 sein.",
  role: "Diese Rolle erlaubt mehr, als du selbst darfst.",
  ...Object.fromEntries(["customerName", "externalReference", "sku", "name", "trackingCode", "reason", "notes", "tags", "description"].map((field) => [field, TEXT])),
};
const TOO_MUCH: Readonly<Record<string, string>> = {
  quantity: "Höchstens 1.000.000.",
  total: "Höchstens 99.999.999,99.",
  unitPrice: "Höchstens 99.999.999,99.",
  amount: "Mehr, als von der Zahlung übrig ist.",
  "": "Davon gibt es schon zu viele.",
  lines: "Zu viele Positionen, oder ihre Summe ist zu groß.",
  ...Object.fromEntries(["customerName", "customerEmail", "externalReference", "sku", "name", "trackingCode", "reason", "notes", "description"].map((field) => [field, "Zu lang."])),
};

const BY_CODE: Readonly<Record<string, Said>> = {
  REQUIRED: (field) => (field === "total" || field === "lines" ? "Gib Positionen oder einen Gesamtbetrag an." : field === "" ? "Gib mindestens eine Änderung an." : "Darf nicht leer sein."),
  INVALID: (field) => INVALID[field],
  LIMIT_EXCEEDED: (field) => TOO_MUCH[field],
  NOT_FOUND: "Das gibt es nicht, oder nicht mehr.",
  TAKEN: "Eine andere Bestellung hat diese Referenz.",
  INVALID_TRANSITION: "Der jetzige Status erlaubt das nicht.",
  STALE_VERSION: "Die Bestellung hat sich inzwischen geändert.",
  IDEMPOTENCY_KEY_REUSED: "Dieser Vorgang wurde schon mit anderen Angaben gesendet.",
  IDEMPOTENCY_IN_PROGRESS: "Dieser Vorgang läuft noch. Versuche es gleich noch einmal.",
  LAST_ADMIN: "Das ist die letzte Person mit der Rolle Admin. Gib erst jemand anderem diese Rolle.",
};

/** By code and field; what has no text here is said as the server says it. */
export function refusalText({ code, field, message }: Refusal): string {
  const said = BY_CODE[code ?? ""];
  return (typeof said === "function" ? said(field?.at(-1) ?? "") : said) ?? message;
}
