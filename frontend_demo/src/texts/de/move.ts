import type { moveTexts as english } from "../en/move";
import { count } from "../../format/numbers";
import { termTexts } from "./terms";

const orders = (number: number) => count(number, "Bestellung", "Bestellungen");

export const moveTexts: typeof english = {
  move: {
    group: (number) => `Aktionen für Bestellung ${number}`,
    button: { PAID: "Als bezahlt markieren", SHIPPED: "Als versandt markieren", DELIVERED: "Als zugestellt markieren", CANCELLED: "Bestellung stornieren" },
    bulk: { PAID: "Als bezahlt markieren", SHIPPED: "Als versandt markieren", DELIVERED: "Als zugestellt markieren", CANCELLED: "Bestellungen stornieren" },
    chosen: (number) => `${orders(number)} ausgewählt`,
    clear: "Auswahl aufheben",
    running: (to, done, all) => `${moveTexts.move.sending[to].replace(" …", "")}: ${done} von ${all} …`,
    allMoved: (number, to) => `${count(number, "Bestellung ist", "Bestellungen sind")} jetzt ${termTexts.status[to].toLowerCase()}.`,
    someRefused: (number) => `${count(number, "Bestellung wurde", "Bestellungen wurden")} nicht geändert:`,
    sending: { PAID: "Wird als bezahlt markiert …", SHIPPED: "Wird als versandt markiert …", DELIVERED: "Wird als zugestellt markiert …", CANCELLED: "Wird storniert …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Zugestellt: keine weitere Aktion möglich.", CANCELLED: "Storniert: keine weitere Aktion möglich." },
    moved: (number, status) => `Bestellung ${number} ist ${termTexts.status[status].toLowerCase()}.`,
    refused: (messages) => `Die Änderung wurde abgelehnt: ${messages.join(" ")}`,
    again: "Erneut versuchen",
    dismiss: "Verwerfen",
    back: "Zurück",
    ship: {
      heading: (number) => `Bestellung ${number} als versandt markieren`,
      trackingCode: "Sendungsnummer",
      hint: "Freiwillig. Sie steht in der E-Mail an die Kundschaft.",
      confirm: "Als versandt markieren",
    },
    cancel: {
      heading: (number) => `Bestellung ${number} stornieren?`,
      headingOf: (number) => `${orders(number)} stornieren?`,
      confirmOf: (number) => `${orders(number)} stornieren`,
      warning: "Eine stornierte Bestellung lässt sich nicht wieder öffnen. Die Kundschaft wird per E-Mail benachrichtigt.",
      reason: "Grund",
      hint: "Freiwillig. Er steht in der E-Mail an die Kundschaft.",
      keep: "Bestellung behalten",
      confirm: "Bestellung stornieren",
    },
    stale: {
      heading: (number) => `Bestellung ${number} hat sich geändert`,
      explanation: (saw, now) => `Angezeigt wurde Version ${saw}. Die Bestellung wurde seither geändert und ist jetzt bei Version ${now}. Deine Änderung wurde nicht ausgeführt.`,
      isNow: "Aktueller Status",
      youWanted: "Deine Änderung",
      impossible: (now, wanted) => `Die Bestellung kann nicht mehr von „${now}“ zu „${wanted}“ wechseln.`,
      leave: "Meine Änderung verwerfen",
      anyway: (action) => `Trotzdem: ${action}`,
    },
  },
};
