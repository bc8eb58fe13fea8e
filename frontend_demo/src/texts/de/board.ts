import type { boardTexts as english } from "../en/board";
import { locale } from "../../format/locale";
import { count, day, moment, whole } from "../../format/numbers";

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
    heading: "Bestellungen",
    column: { number: "Nummer", customer: "Kundschaft", items: "Artikel", states: "Status" },
    sorted: { CREATED_AT: "Bestellt", UPDATED_AT: "Geändert", TOTAL: "Betrag" },
    sort: "Sortierung",
    sorts: {
      "-placed": "Neueste zuerst",
      placed: "Älteste zuerst",
      "-changed": "Zuletzt geänderte zuerst",
      changed: "Am längsten unveränderte zuerst",
      "-total": "Größter Betrag zuerst",
      total: "Kleinster Betrag zuerst",
    },
    counts: (listed, { count: number, is }) => {
      if (!listed) return "Keine Bestellungen";
      if (is === "exact" && listed === number) return orders(number);
      return `1 bis ${whole(listed)} von ${{ exact: "", about: "etwa ", more: "mehr als " }[is]}${whole(number)}`;
    },
    choose: (number) => `Bestellung ${number} auswählen`,
    chooseAll: (number) => `Alle ${whole(number)} angezeigten Bestellungen auswählen`,
    export: "CSV exportieren",
    notExported: "Die Bestellungen konnten nicht exportiert werden. Versuche es gleich noch einmal.",
    print: "Drucken",
    arrived: (number) => (number ? `${orders(number)} seit dem Öffnen dieser Seite` : "Neue Bestellungen erscheinen von selbst"),
    arrivedAloud: (number, { number: newest, customerName }) =>
      number === 1 ? `Neue Bestellung ${newest} von ${customer(customerName)}.` : `${number} neue Bestellungen; die neueste ist ${newest} von ${customer(customerName)}.`,
    unseen: (number) => `↑ ${count(number, "neue Bestellung", "neue Bestellungen")}`,
    moved: (number) => `↑ ${count(number, "weitere Bestellung", "weitere Bestellungen")} darüber`,
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
    textHint: "Nummer, Name, E-Mail, SKU, Artikel  ( / )",
    textProblem: "Höchstens 200 Zeichen und 10 Wörter",
    days: "Bestellt von Tag bis Tag",
    from: "Bestellt ab",
    to: "Bestellt bis",
    more: (number) => (number ? `Weitere Filter (${number})` : "Weitere Filter"),
    tag: "Schlagwort",
    most: "Höchstbetrag",
    processing: "Bearbeitung im Hintergrund",
    refused: (parts) => `Diese Seite kennt ${parts.join(", ")} in der Adresse nicht und zeigt die Bestellungen ohne diese Angabe.`,
    drop: "Entfernen",
    statuses: "Status",
    currency: "Währung",
    anyCurrency: "Alle Währungen",
    least: "Mindestbetrag",
    amountProblem: "Eine Dezimalzahl mit Punkt, etwa 12.50",
    clear: "Filter entfernen",
  },
  views_: {
    menu: "Ansichten",
    none: "Oft gebrauchte Filter und Sortierungen lassen sich hier speichern.",
    name: "Name dieser Ansicht",
    save: "Speichern",
    share: (name) => `Adresse der Ansicht ${name} kopieren`,
    rename: "Umbenennen",
    renameView: (name) => `Ansicht ${name} umbenennen`,
    forget: (name) => `Ansicht ${name} löschen`,
  },
  rows: { menu: "Zeilen", comfortable: "Geräumig", compact: "Kompakt" },
  alerts: {
    menu: "Hinweise",
    sound: "Ein Ton bei neuen Bestellungen",
    notification: "Eine Benachrichtigung, solange dieser Tab verdeckt ist",
    hint: "Für Bestellungen, die zu den Filtern passen, höchstens alle fünf Sekunden.",
    denied: "Dieser Browser verbietet Benachrichtigungen für diese Seite.",
  },
  numbers: {
    heading: "Statistik",
    window: "Zeitraum",
    windows: { HOUR: "Stunde", DAY: "Tag", WEEK: "Woche" },
    last: { HOUR: "letzte Stunde", DAY: "letzter Tag", WEEK: "letzte Woche" },
    days: (from, to) => (from && to ? `${day(from)} bis ${day(to)}` : from ? `seit ${day(from)}` : `bis ${day(to)}`),
    ofAll: "aller Bestellungen",
    ofFilter: "der Bestellungen, die zu den Filtern passen",
    countedFrom: (time) => `Es sind zu viele Bestellungen, um alle zu durchsuchen: Gezählt sind nur die seit ${moment(time)}.`,
    since: (time) => `seit ${moment(time)}`,
    notCounted: "nicht gezählt",
    placed: "Bestellungen",
    ordersIn: (period) => `Bestellungen, ${period}`,
    orders: (seconds) => `Bestellungen pro ${seconds === 60 ? "Minute" : seconds < 3_600 ? `${seconds / 60} Minuten` : seconds === 3_600 ? "Stunde" : seconds < 86_400 ? `${seconds / 3_600} Stunden` : "Tag"}`,
    rate: (number) => number.toLocaleString(locale, { maximumFractionDigits: number < 10 ? 1 : 0 }),
    perMinute: "Bestellungen pro Minute zurzeit",
    summary: (number, rate, period) => `${orders(number)}, ${period}${rate === undefined ? "" : `; zurzeit ${rate.toLocaleString(locale, { maximumFractionDigits: 1 })} pro Minute`}`,
    at: (time, what) => `${time}: ${what}`,
    ordersAt: (time, number) => `${time}: ${orders(number)}`,
    latencyAt: (p50, p95) => `p50 ${whole(p50)} ms, p95 ${whole(p95)} ms`,
    median: "p50: die Hälfte der Ereignisse, ms",
    slowest: "p95: 95 von 100 Ereignissen, ms",
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
