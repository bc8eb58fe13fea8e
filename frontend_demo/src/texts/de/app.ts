import type { appTexts as english } from "../en/app";

export const appTexts: typeof english = {
  title: "Bestellsystem",
  skip: "Zum Inhalt springen",
  navigation: "Seiten",
  views: {
    board: "Bestellungen",
    import: "Import",
    lab: "Signal-Labor",
    learn: "Lernen",
    unknown: "Seite nicht gefunden",
    unknownHint: "Unter dieser Adresse gibt es keine Seite. Die Navigation oben führt zu allen Seiten.",
  },
  elsewhere: [
    ["/graphql/", "GraphiQL"],
    ["/api/docs/", "REST"],
    ["/admin/", "Verwaltung"],
  ],
  traffic: { name: "Demo-Bestellungen", stop: "Demo-Bestellungen treffen ein. Anhalten.", start: "Demo-Bestellungen sind angehalten. Fortsetzen." },
  actingAs: (actor, tenant) => `${actor} bei ${tenant}`,
  connection: {
    connecting: "Verbindung wird aufgebaut",
    live: "Live",
    lost: "Verbindung verloren, neuer Versuch läuft",
    failed: "Getrennt",
  },
  connectNow: "Jetzt verbinden",
  theme: (theme) => ({ system: "Farben: System", light: "Farben: hell", dark: "Farben: dunkel" })[theme],
  language: "Sprache",
  languageOfSystem: "Sprache: Browser",
  justNow: "gerade eben",
  loading: "Wird geladen …",
  close: "Schließen",
  dismiss: "Meldung schließen",
  inGraphiQL: "In GraphiQL öffnen:",
  problem: {
    page: "Diese Seite wurde beendet",
    heading: "Die Übersicht wurde beendet",
    reload: "Neu laden",
    retry: "Erneut versuchen",
    signIn: "Anmelden",
  },
};
