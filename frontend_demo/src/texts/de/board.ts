import type { boardTexts as english } from "../en/board";
import { count } from "../numbers";

const orders = (number: number) => count(number, "Bestellung", "Bestellungen");
const customer = (name: string | null) => name || "jemandem ohne Namen";

export const boardTexts: typeof english = {
  board: {
    title: "Bestellungen",
    thisPage: "diese Seite",
    thisFeed: "der Live-Strom",
    theseNumbers: "diese Zahlen",
    reloaded: "Diese Seite war länger getrennt, als der Server Ereignisse aufbewahrt, und wurde deshalb neu geladen.",
    caughtUp: ({ placed, changes, more }) => {
      const missed = [placed.size && orders(placed.size), changes && count(changes, "Änderung", "Änderungen")].filter(Boolean).join(" und ");
      if (!missed) return "Wieder verbunden: In der Zwischenzeit hat sich nichts geändert.";
      return `Nachgeholt: ${more ? "mehr als " : ""}${missed} in der Zwischenzeit.`;
    },
  },
  orders: {
    heading: "Neueste Bestellungen",
    arrived: (number) => (number ? `${orders(number)} seit dem Öffnen dieser Seite` : "Neue Bestellungen erscheinen von selbst oben"),
    arrivedAloud: (number, { number: newest, customerName }) =>
      number === 1 ? `Neue Bestellung ${newest} von ${customer(customerName)}.` : `${number} neue Bestellungen; die neueste ist ${newest} von ${customer(customerName)}.`,
    unseen: (number) => `↑ ${count(number, "neue Bestellung", "neue Bestellungen")}`,
    loading: "Bestellungen werden geladen …",
    empty: "Es gibt noch keine Bestellungen.",
    placeFirst: "Erste Bestellung aufgeben",
    noMatch: "Keine Bestellung passt.",
    noMatchHint: "Eine Bestellung, die später passt, erscheint hier von selbst.",
    article: "Artikel",
    lines: (names) => names.join(", ") || "Keine Positionen",
    unnamed: "Ohne Namen",
  },
  filter: {
    text: "Suche",
    textHint: "Nummer, Name, E-Mail … suchen ( / )",
    statuses: "Status",
    currency: "Währung",
    anyCurrency: "Alle Währungen",
    least: "Mindestbetrag",
    leastProblem: "Eine Dezimalzahl mit Punkt, etwa 12.50",
    clear: "Filter entfernen",
  },
  numbers: {
    heading: "Statistik",
    window: "Zeitraum",
    windows: { HOUR: "Stunde", DAY: "Tag", WEEK: "Woche" },
    orders: { HOUR: "Bestellungen pro Minute, letzte Stunde", DAY: "Bestellungen pro 15 Minuten, letzter Tag", WEEK: "Bestellungen pro 2 Stunden, letzte Woche" },
    ordersChart: (most) => `Balkendiagramm: Bestellungen je Abschnitt, höchstens ${most}.`,
    revenue: "Umsatz nach Währung",
    noRevenue: "Kein Umsatz in diesem Zeitraum.",
    revenueChart: (currency) => `Liniendiagramm: Umsatz in ${currency} im Zeitverlauf.`,
    states: "Bestellungen nach Status",
    latency: "Vom Commit bis zu diesem Bildschirm",
    latencyChart: "Liniendiagramm: Median und 95. Perzentil je Sekunde.",
    latencyHint: (events) => (events ? `${count(events, "Ereignis", "Ereignisse")}, letzte Minute` : "wartet auf das nächste Ereignis"),
    noChart: "Das Diagramm konnte nicht geladen werden.",
    milliseconds: (value) => `${value} ms`,
  },
};
