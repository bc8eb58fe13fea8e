/** Texts of the guide's page: src/learn/. */
import { count } from "../../format/numbers";

export const learnTexts = {
  learn: {
    title: "Learn Django signals",
    lead: "Thirteen chapters: code that fails, the count of what it loses, and code that holds under the same fault.",
    chapters: "Chapters",
    search: "Search the chapters",
    progress: (done: number, all: number) => `${done} of ${all} done`,
    done: "done",
    markDone: "I have done this chapter",
    none: "No such chapter",
    noneHint: "Choose one from the list.",
    runs: "Run the faults",
    run: "Run it",
    running: "Running …",
    runHint: (chapter: number) => `The same as ./dev learn run ${chapter}: each design under each fault, in processes of its own.`,
    ran: (faults: number) => `${count(faults, "fault", "faults")} made for real, just now.`,
    notRun: "It could not be run.",
    holds: "holds",
    timeline: (design: string) => `What happened in ${design}`,
    link: "Learn why, in thirteen chapters",
  },
};
