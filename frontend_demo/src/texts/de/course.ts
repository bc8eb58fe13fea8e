import { count } from "../../format/numbers";
import type { courseTexts as english } from "../en/course";

const step: (typeof english)["course"]["step"] = {
  off: {
    title: "Ein Empfänger ist aus",
    question: "Der Empfänger für Prüfeinträge wird abgeschaltet, dann kommen drei Bestellungen. Was wird aus ihnen?",
    choices: ["Sie werden abgelehnt.", "Sie werden angenommen, und ihre Prüfeinträge fehlen für immer.", "Sie werden angenommen, und ihre Prüfeinträge kommen später."],
    acts: ["Prüfeintrag abschalten", "3 Bestellungen aufgeben", "Wieder einschalten"],
    facts: ["Die Bestellungen wurden angenommen.", "Ihre Prüfeinträge warten im Zustellbuch.", "Er ist wieder an, hat aufgeholt, und nichts ist verloren."],
    why: "Ein Empfänger entscheidet nie, ob eine Bestellung gültig ist. Der Service schreibt Bestellung und Ereignis in einer Transaktion, und aus dem Ereignis folgt eine Zustellung für jeden Empfänger. Solange der Empfänger aus ist, warten seine Zustellungen.",
  },
  fails: {
    title: "Ein Empfänger scheitert",
    question: "Die E-Mail an die Kundschaft scheitert bei jedem Versuch. Was sieht der Client von createOrder?",
    choices: ["Einen Fehler und keine Bestellung.", "Die Bestellung, wie immer.", "Die Bestellung, zehn Sekunden später."],
    acts: ["Die E-Mail stören", "2 Bestellungen aufgeben", "Die E-Mail reparieren", "Fehlgeschlagene wiederholen"],
    facts: ["Die Bestellungen wurden angenommen.", "Nach vier Versuchen, also einigen Sekunden, sind beide Zustellungen endgültig fehlgeschlagen. Erst dann reparieren.", "Repariert und wiederholt: Die E-Mails sind versandt, und nichts ist verloren."],
    why: "Ein Empfänger läuft nach dem Commit und außerhalb der Anfrage des Clients. Eine gescheiterte Zustellung wird wiederholt, jedes Mal später, bis sie endgültig fehlschlägt: Sie hält nichts auf, bleibt im Zustellbuch und lässt sich wiederholen.",
  },
  worker: {
    title: "Der Worker steht still",
    question: "Zehn Sekunden lang nimmt der Worker keine Aufgaben an. Was wird langsamer?",
    choices: ["Nur die Bearbeitung und die E-Mails.", "Das Bestellen, um bis zu zehn Sekunden.", "Alle Seiten."],
    acts: ["Den Worker 10 s anhalten", "3 Bestellungen aufgeben"],
    facts: ["Die Bestellungen wurden sofort angenommen.", "Ihre Bearbeitung wartet im Zustellbuch.", "Der Worker ist zurück und hat aufgeholt, und nichts ist verloren."],
    why: "Eine Nachricht an den Worker ist nur ein Hinweis. Was zu tun ist, steht als Zustellung im Zustellbuch. Eine verlorene Nachricht wird darum noch einmal gesandt, und eine doppelte Aufgabe findet ihre Zustellung erledigt.",
  },
  messages: {
    title: "Nachrichten gehen verloren",
    question: "Zehn Sekunden lang werden alle Nachrichten an Live-Seiten verworfen. Was fehlt dieser Seite?",
    choices: ["Die Ereignisse dieser zehn Sekunden.", "Nichts.", "Die Reihenfolge der Ereignisse."],
    acts: ["Die Nachrichten 10 s verwerfen", "3 Bestellungen aufgeben"],
    facts: ["Nachrichten wurden verworfen.", "Diese Seite hat die neuen Ereignisse trotzdem empfangen.", "Keines fehlt, und keines kam doppelt."],
    why: "Eine Nachricht sagt nur, dass es etwas Neues gibt. Wer zwei Sekunden lang nichts hört, liest das Ereignisprotokoll ab der eigenen Position. Live zu sein und wieder aufzusetzen ist darum dasselbe.",
  },
  twice: {
    title: "Alles doppelt",
    question: "Die ganze Bearbeitung seit dem Öffnen dieser Seite läuft noch einmal. Was geschieht doppelt?",
    choices: ["Die Rechnungen.", "Die E-Mails.", "Nichts, was sich zählen ließe."],
    acts: ["Eine Bestellung aufgeben", "Die Bearbeitung erneut abspielen"],
    facts: ["Die Bestellung wurde angenommen.", "Die Bearbeitung läuft noch einmal.", "Sie ist beendet, und nichts ist doppelt."],
    why: "Eine Zustellung kann mehr als einmal ausgeführt werden, denn zwischen Arbeit und Vermerk kann ein Prozess sterben. Darum nimmt jeder Empfänger die Id des Ereignisses als Schlüssel, und eine Wiederholung ändert nichts.",
  },
};

export const courseTexts: typeof english = {
  course: {
    title: "Der Kurs",
    lead: (steps) => `${count(steps, "Schritt", "Schritte")} von je etwa zwei Minuten: vorhersagen, tun, beobachten und lesen, warum. Weiter unten geht es auch frei.`,
    step,
    place: (now, all) => `Schritt ${now} von ${all}`,
    predict: "Vorhersagen",
    act: "Tun",
    observe: "Beobachten",
    explain: "Warum",
    predictFirst: "Zuerst eine Erwartung wählen.",
    right: "Richtig vorhergesagt.",
    wrong: (choice) => `Die Vorhersage war: „${choice}“`,
    isObserved: "beobachtet",
    isAwaited: "noch nicht",
    code: "Code und Zahlen des Empfängers",
    chapter: (number) => `Kapitel ${number} des Leitfadens`,
    plain: "Derselbe Fehler mit einfachen Signalen",
    plainHint: "Zum Ausführen: die Entwürfe des Leitfadens unter solchen Fehlern, nebeneinander. „naive“ ist, was man mit post_save meist schreibt.",
    back: "Zurück",
    next: "Nächster Schritt",
    again: "Von vorn",
    ends: "Das war der Kurs. Der Leitfaden baut all dies von Anfang an auf und beginnt damit, was einfache Signale verlieren.",
    toGuide: "Mit Kapitel 1 beginnen",
    placed: (orders) => `${count(orders, "Bestellung", "Bestellungen")} angenommen.`,
    refused: (orders) => `${count(orders, "Bestellung", "Bestellungen")} abgelehnt.`,
  },
};
