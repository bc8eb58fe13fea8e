import type { Trouble } from "orders-client";
import { count } from "../numbers";

/** A sentence about a failed request, and what the user can do. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "Der Server hat nicht geantwortet; das Ergebnis ist unbekannt. Ein neuer Versuch ist sicher: Die Änderung wird nur einmal ausgeführt.";
    case "unavailable":
      return "Der Server ist gerade nicht erreichbar. Ein neuer Versuch ist sicher: Die Änderung wird nur einmal ausgeführt.";
    case "fault":
      return `Im Server ist ein Fehler aufgetreten${trouble.requestId ? ` (Anfrage ${trouble.requestId})` : ""}. Ein neuer Versuch ist sicher: Die Änderung wird nur einmal ausgeführt.`;
    case "throttled":
      return `Zu viele Anfragen. In ${count(Math.ceil(trouble.seconds), "Sekunde", "Sekunden")} erneut versuchen.`;
    case "unauthenticated":
      return "Die Anmeldung ist abgelaufen. Bitte anmelden und erneut versuchen.";
    case "forbidden":
      return "Bestellungen sind hier lesbar, aber nicht änderbar.";
    case "refused":
      return trouble.message;
  }
}
