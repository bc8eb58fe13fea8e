import type { moveTexts as english } from "../en/move";
import { termTexts } from "./terms";

export const moveTexts: typeof english = {
  move: {
    group: (number) => `Aktionen für Bestellung ${number}`,
    button: { PAID: "Als bezahlt markieren", SHIPPED: "Versenden", DELIVERED: "Als zugestellt markieren", CANCELLED: "Bestellung stornieren" },
    sending: { PAID: "Wird als bezahlt markiert …", SHIPPED: "Wird versandt …", DELIVERED: "Wird als zugestellt markiert …", CANCELLED: "Wird storniert …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Zugestellt: keine weitere Aktion möglich.", CANCELLED: "Storniert: keine weitere Aktion möglich." },
    moved: (number, status) => `Bestellung ${number} ist ${termTexts.status[status].toLowerCase()}.`,
    refused: (messages) => `Die Änderung wurde abgelehnt: ${messages.join(" ")}`,
    again: "Erneut versuchen",
    dismiss: "Verwerfen",
    back: "Zurück",
    ship: {
      heading: (number) => `Bestellung ${number} versenden`,
      trackingCode: "Sendungsnummer",
      hint: "Freiwillig. Sie steht in der E-Mail an die Kundschaft.",
      confirm: "Bestellung versenden",
    },
    cancel: {
      heading: (number) => `Bestellung ${number} stornieren?`,
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
