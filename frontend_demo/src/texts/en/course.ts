/** Texts of the lab's course: src/lab/course/Course.tsx. */
import type { StepName } from "../../lab/course/course";
import { count } from "../../format/numbers";

interface StepTexts {
  readonly title: string;
  readonly question: string;
  readonly choices: readonly [string, string, string];
  readonly acts: readonly string[];
  readonly facts: readonly [string, string, string];
  readonly why: string;
}

const step: Readonly<Record<StepName, StepTexts>> = {
  off: {
    title: "A receiver that is off",
    question: "The audit receiver is switched off, and three orders are placed. What becomes of them?",
    choices: ["They are refused.", "They are accepted, and their audit records are missing for good.", "They are accepted, and their audit records come later."],
    acts: ["Switch the audit record off", "Place 3 orders", "Switch it on again"],
    facts: ["The orders were accepted.", "Their audit records wait in the ledger.", "It is on again, has caught up, and nothing is lost."],
    why: "A receiver never decides whether an order is right. The service writes the order and its event in one transaction, and a delivery for each receiver follows from the event. While the receiver is off, its deliveries wait.",
  },
  fails: {
    title: "A receiver that fails",
    question: "The mail to the customer fails at every attempt. What does the client of createOrder see?",
    choices: ["An error, and no order.", "The order, as always.", "The order, ten seconds later."],
    acts: ["Break the mail", "Place 2 orders", "Repair the mail", "Retry the dead letters"],
    facts: ["The orders were accepted.", "After four attempts, which take some seconds, both deliveries are dead. Then repair it.", "Repaired and retried, the mails are sent, and nothing is lost."],
    why: "A receiver runs after the commit, outside of the client's request. A failing delivery is attempted again, later each time, and then it is dead: it blocks nothing, the ledger keeps it, and an operator retries it.",
  },
  worker: {
    title: "A worker that stops",
    question: "The worker takes no tasks for ten seconds. What is slower?",
    choices: ["Only the processing and the mails.", "Placing an order, by up to ten seconds.", "All pages."],
    acts: ["Stop the worker for 10 s", "Place 3 orders"],
    facts: ["The orders were accepted at once.", "Their processing waits in the ledger.", "The worker is back and has caught up, and nothing is lost."],
    why: "A message to the worker is only a hint. The delivery in the ledger says what is to be done, so a message that is lost is sent again, and a task that comes twice finds its delivery done.",
  },
  messages: {
    title: "Messages that are lost",
    question: "All messages to live pages are dropped for ten seconds. What does this page miss?",
    choices: ["The events of these ten seconds.", "Nothing.", "The order of the events."],
    acts: ["Drop the messages for 10 s", "Place 3 orders"],
    facts: ["Messages were dropped.", "This page has still received the new events.", "None was missed, and none came twice."],
    why: "A message only says that there is something new. A subscriber that hears nothing for two seconds reads the event log from its cursor, so being live and resuming are the same.",
  },
  twice: {
    title: "Everything twice",
    question: "All processing since you opened this page is done again. What happens twice?",
    choices: ["The invoices.", "The mails.", "Nothing that you can count."],
    acts: ["Place an order", "Replay the processing"],
    facts: ["The order was accepted.", "The processing is done again.", "It has ended, and nothing is doubled."],
    why: "A delivery may be done more than once, because a process can die between the work and its record. So each receiver uses the id of the event as a key, and a repeat changes nothing.",
  },
};

export const courseTexts = {
  course: {
    title: "The course",
    lead: (steps: number) => `${count(steps, "step", "steps")} of about two minutes each: predict, do, observe, and read why. Or play freely below.`,
    step,
    place: (now: number, all: number) => `Step ${now} of ${all}`,
    predict: "Predict",
    act: "Do",
    observe: "Observe",
    explain: "Why",
    predictFirst: "Choose first what you expect.",
    right: "You predicted it.",
    wrong: (choice: string) => `You predicted: “${choice}”`,
    isObserved: "observed",
    isAwaited: "not yet",
    code: "The receiver's code and numbers",
    chapter: (number: number) => `Chapter ${number} of the guide`,
    plain: "The same fault with plain signals",
    plainHint: "Run it: the guide's designs under such faults, side by side. The naive one is what is usually written with post_save.",
    back: "Back",
    next: "Next step",
    again: "Begin again",
    ends: "That was the course. The guide builds this from the beginning, starting with what plain signals lose.",
    toGuide: "Begin with chapter 1",
    placed: (orders: number) => `${count(orders, "order", "orders")} accepted.`,
    refused: (orders: number) => `${count(orders, "order was", "orders were")} refused.`,
  },
};
