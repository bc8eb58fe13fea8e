import type { labTexts as english } from "../en/lab";
import { count } from "../../format/numbers";

const attempts = (number: number) => count(number, "Versuch", "Versuchen");
const messages = (number: number) => count(number, "Nachricht", "Nachrichten");

export const labTexts: typeof english = {
  lab: {
    lead: "Empfänger live beobachten. Abschalten, stören oder eine Komponente trennen: Bestellungen gehen weiter, und keine Wirkung geht verloren.",
    state: "die Abfrage dieser Seite",
    feed: "ihr Abonnement",
    failed: "Die Empfänger konnten nicht geladen werden",
    noTools: (mayOperate) =>
      `Hier ${mayOperate ? "lassen sich Empfänger schalten, Zustellungen wiederholen und Ereignisse erneut abspielen" : "lassen sich die Empfänger beobachten"}. Empfänger stören und Komponenten trennen geht nur in der offenen Demo von ./dev up.`,

    traffic: "Bestellungen aufgeben",
    rate: (rate) => (rate ? `${rate} pro Sekunde` : "Keine"),
    placed: (number) => `${count(number, "Bestellung", "Bestellungen")} von hier aufgegeben`,
    notPlaced: (number) => `, ${number} abgelehnt`,

    score: "Seit dem Öffnen dieser Seite",
    lost: "verloren",
    doubled: "doppelt",
    waiting: "wartend",
    dead: "endgültig fehlgeschlagen",
    counting: "Wird gezählt …",
    restart: "Zählung neu beginnen",
    scoreHint:
      "Gezählt wird aus den gespeicherten Bestellungen, Ereignissen, Prüfeinträgen, Bearbeitungen, E-Mails (nach ihrer Message-ID) und den Ereignissen, die diese Seite empfangen hat. Eine wartende oder endgültig fehlgeschlagene Zustellung steht im Zustellbuch; ihre Wirkung ist also nicht verloren.",
    effects: "Wirkungen nach Art",
    effect: {
      EVENT: "Ereignis je Bestellung",
      PLACE: "Laufende Nummer",
      AUDIT_RECORD: "Prüfeintrag",
      PROCESSING: "Bearbeitung im Hintergrund",
      MAIL: "E-Mail an die Kundschaft",
    },
    onThisPage: "Auf dieser Seite empfangen",
    columns: { effect: "Wirkung", expected: "erwartet", done: "erledigt", waiting: "wartend", dead: "fehlgeschlagen", skipped: "ausgelassen", lost: "verloren", doubled: "doppelt" },

    receivers: "Empfänger",
    kind: { DIRECT: "in einer Transaktion der Datenbank", QUEUED: "durch den Worker", LIVE: "live, ohne Gewähr" },
    switchName: (name) => `${name}: an oder aus`,
    on: "An",
    off: "Aus",
    offForAll: "Vom Betrieb für alle Mandanten abgeschaltet.",
    perMinute: "pro Minute",
    p95: "p95",
    lag: "Rückstand",
    backlog: "wartend",
    retrying: "in Wiederholung",
    deadNow: "fehlgeschlagen",
    none: "–",
    catchingUp: (left) => `Holt auf: noch ${left}`,
    delay: "vom Commit bis zu dieser Seite",
    receivedHere: "von dieser Seite empfangen",
    liveNote: "Er hat keine Zustellungen. Wer nicht benachrichtigt wird, liest das Ereignisprotokoll innerhalb von zwei Sekunden.",
    teaches: {
      audit: "Schreibt den Prüfeintrag in einer Transaktion mit seiner Zustellung: Es gibt beide oder keines von beiden. Abschalten, bestellen und eine Bestellung öffnen: Ihr Prüfeintrag fehlt noch, alles andere geht.",
      notifications: "Schickt dem Worker eine Aufgabe, die der Kundschaft schreibt. Die Message-ID folgt aus Ereignis und Empfänger; eine Wiederholung ist also dieselbe E-Mail.",
      processing: "Gibt die langsame Arbeit an den Worker: Risikoprüfung, Rechnung und Bestätigung. Jeder Schritt darf zweimal laufen; der zweite ändert nichts.",
      webhooks: "Öffnet eine Zustellung für jeden Webhook, der das Ereignis haben will, in einer Transaktion mit der eigenen. Nur Mandanten mit Webhooks haben hier Zustellungen.",
      subscriptions: "Benachrichtigt die Live-Seiten. Ist er aus oder gehen seine Nachrichten verloren, lesen die Seiten die fehlenden Ereignisse aus dem Protokoll.",
    },
    code: "Quellcode",
    breakIt: "Fehler auslösen",
    mode: { ALWAYS: "immer", EVERY_THIRD: "jedes dritte Mal", NEXT: "die nächsten" },
    howMany: "Anzahl der Versuche, die scheitern",
    breakNow: "Stören",
    repair: "Reparieren",
    isBroken: (mode, failed, number) => `Gestört (${mode}): ${failed} von ${attempts(number)} gescheitert`,
    nextLeft: (left) => `die nächsten ${left}`,
    fourTries: "Ein gestörter Empfänger gibt nach 4 statt 10 Versuchen auf; das dauert etwa fünf Sekunden.",
    replay: "Seit dem Start erneut abspielen",
    retryDead: (number) => `${count(number, "fehlgeschlagene Zustellung", "fehlgeschlagene Zustellungen")} wiederholen`,
    letters: "Fehlgeschlagene Zustellungen",
    letterHint: "Zustellungen, die bei jedem Versuch gescheitert sind. Sie halten nichts auf und bleiben im Zustellbuch. Erst den Empfänger reparieren, dann wiederholen.",
    newestLetters: (shown, all) => `Dies sind die neuesten ${shown} von ${all}.`,
    letterAfter: (receiver, number) => `${receiver}, nach ${attempts(number)}`,
    retryOne: (number) => `Erneut versuchen: Bestellung ${number}`,

    plugs: "Komponente trennen",
    plug: {
      CHANNEL_LAYER: { name: "Live-Nachrichten", does: "Verwirft jede Nachricht an Live-Seiten. Die Seiten lesen stattdessen das Ereignisprotokoll und erhalten jedes Ereignis einmal, etwas später.", pull: "10 s lang verwerfen", out: (seconds, dropped) => `Noch ${seconds} s getrennt, ${messages(dropped)} verworfen` },
      WORKER: { name: "Der Worker", does: "Der Worker nimmt keine Aufgaben an. E-Mails und Hintergrundarbeit warten im Zustellbuch; Bestellen geht so schnell wie zuvor.", pull: "10 s lang anhalten", out: (seconds) => `Noch ${seconds} s angehalten` },
    },
    dropped: (number) => `${messages(number)} verworfen seit dem Start des Servers`,
    notHere: "Läuft nicht in diesem Prozess und lässt sich deshalb hier nicht trennen.",

    rules: "Die Regeln für Empfänger, und wo sie zu sehen sind",
    rule: [
      ["Verzichtbar", "Eine Bestellung ist ohne jeden Empfänger vollständig. Einen Empfänger abschalten und bestellen: Die Bestellungen werden angenommen. Wieder eingeschaltet holt der Empfänger auf."],
      ["Idempotent", "Ein Empfänger, der zweimal aufgerufen wird, wirkt einmal. Einen Empfänger erneut abspielen: Seine ganze Arbeit wird wiederholt, und „doppelt“ bleibt null."],
      ["Nach dem Commit", "Ein Empfänger läuft nur für Ereignisse, die festgeschrieben und nummeriert sind, nie für solche, die noch zurückgerollt werden können. Die Einzelheiten einer Bestellung zeigen die Zeiten."],
      ["Delegierend", "Ein Empfänger ruft einen Service oder eine Aufgabe auf und tut sonst nichts. Sein Quellcode zeigt es."],
      ["Getrennt", "Ein gescheiterter Empfänger betrifft nichts sonst. Einen stören: Der Client sieht keinen Fehler, und die anderen Empfänger gehen weiter."],
    ],

    switched: (name, enabled) => `${name}: ${enabled ? "eingeschaltet" : "ausgeschaltet"}.`,
    broken: (name) => `${name}: gestört.`,
    repaired: (name) => `${name}: repariert.`,
    pulled: (name, seconds) => `${name}: für ${seconds} s getrennt.`,
    replayed: (name, events) => `${name}: ${count(events, "Ereignis wird", "Ereignisse werden")} erneut behandelt.`,
    retried: (number) => `${count(number, "fehlgeschlagene Zustellung wird", "fehlgeschlagene Zustellungen werden")} wiederholt.`,
  },
};
