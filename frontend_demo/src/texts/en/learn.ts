/** Texts of the guide's page: src/learn/. */
import { count } from "../../format/numbers";

export const learnTexts = {
  learn: {
    title: "Learn Django signals",
    lead: "Thirteen chapters. Each shows code that fails, counts what the code loses, and shows code that withstands the same fault.",
    chapters: "Chapters",
    search: "Search the chapters",
    progress: (done: number, all: number) => `${done} of ${all} done`,
    done: "done",
    markDone: "I have finished this chapter",
    none: "No such chapter",
    noneHint: "Choose a chapter from the list.",
    runs: "Run the faults",
    run: "Run it",
    running: "Running …",
    runHint: (chapter: number) => `The same as ./dev learn run ${chapter}: runs each design under each fault, in separate processes.`,
    ran: (faults: number) => `${count(faults, "fault", "faults")} produced for real, just now.`,
    notRun: "The faults could not be run.",
    holds: "holds",
    timeline: (design: string) => `What happened in ${design}`,
    link: "Learn why, in thirteen chapters",
  },
};
