import type { Trouble } from "orders-client";
import { count } from "../../format/numbers";

const AGAIN = "Ein neuer Versuch ist sicher: Die Änderung wird nur einmal ausgeführt.";

/** A sentence about a failed change, and what the user can do. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return `Der Server hat nicht geantwortet; das Ergebnis ist unbekannt. ${AGAIN}`;
    case "unavailable":
    case "fault":
      return `${unreadText(trouble)} ${AGAIN}`;
    case "forbidden":
      return "Bestellungen sind hier lesbar, aber nicht änderbar.";
    default:
      return unreadText(trouble);
  }
}

/** The same about what could not be read. */
export function unreadText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "Der Server hat nicht geantwortet.";
    case "unavailable":
      return "Der Server ist gerade nicht erreichbar.";
    case "fault":
      return `Im Server ist ein Fehler aufgetreten${trouble.requestId ? ` (Anfrage ${trouble.requestId})` : ""}.`;
    case "throttled":
      return `Zu viele Anfragen. In ${count(Math.ceil(trouble.seconds), "Sekunde", "Sekunden")} erneut versuchen.`;
    case "unauthenticated":
      return "Die Anmeldung ist abgelaufen. Bitte anmelden und erneut versuchen.";
    case "forbidden":
      return "Das darfst du nicht ansehen.";
    case "refused":
      return trouble.message;
  }
}
