import type { learnTexts as english } from "../en/learn";
import { count } from "../../format/numbers";

/** The chapters themselves are in English. */
export const learnTexts: typeof english = {
  learn: {
    title: "Django-Signale lernen",
    lead: "Dreizehn Kapitel auf Englisch: Code, der versagt, was er dabei verliert, und Code, der bei demselben Fehler hält.",
    chapters: "Kapitel",
    search: "Kapitel durchsuchen",
    progress: (done, all) => `${done} von ${all} fertig`,
    done: "fertig",
    markDone: "Dieses Kapitel habe ich durchgearbeitet",
    none: "Kapitel nicht gefunden",
    noneHint: "Bitte eines aus der Liste wählen.",
    runs: "Die Fehler ausführen",
    run: "Ausführen",
    running: "Läuft …",
    runHint: (chapter) => `Dasselbe wie ./dev learn run ${chapter}: jeder Entwurf unter jedem Fehler, in eigenen Prozessen.`,
    ran: (faults) => `${count(faults, "Fehler", "Fehler")} wirklich herbeigeführt, gerade eben.`,
    notRun: "Die Ausführung ist fehlgeschlagen.",
    holds: "hält",
    timeline: (design) => `Was in ${design} geschah`,
    link: "Die Gründe, in dreizehn Kapiteln",
  },
};
