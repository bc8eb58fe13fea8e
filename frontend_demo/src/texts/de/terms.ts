import type { termTexts as english } from "../en/terms";

export const termTexts: typeof english = {
  status: { NEW: "Neu", PAID: "Bezahlt", SHIPPED: "Versandt", DELIVERED: "Zugestellt", CANCELLED: "Storniert" },
  processing: { PENDING: "Wartet auf Bearbeitung", RUNNING: "Wird bearbeitet", DONE: "Bearbeitet", FAILED: "Bearbeitung fehlgeschlagen" },

  eventType: {
    ORDER_CREATED: "aufgegeben",
    ORDER_PAID: "bezahlt",
    ORDER_SHIPPED: "versandt",
    ORDER_DELIVERED: "zugestellt",
    ORDER_CANCELLED: "storniert",
    ORDER_UPDATED: "geändert",
    ORDER_REFUNDED: "erstattet",
    ORDER_PROCESSING: "bearbeitet",
    ORDER_CHANGED_OUT_OF_BAND: "direkt in der Datenbank geändert",
  },
  receiver: { audit: "Prüfeintrag", notifications: "E-Mail an die Kundschaft", processing: "Bearbeitung im Hintergrund", subscriptions: "Live-Abonnements", webhooks: "Webhooks geöffnet", webhook: "Webhook" },
  delivery: { PENDING: "wartet", RUNNING: "läuft", RETRYING: "gescheitert, wird wiederholt", SUCCEEDED: "erledigt", DEAD: "endgültig fehlgeschlagen", SKIPPED: "ausgelassen" },
};
