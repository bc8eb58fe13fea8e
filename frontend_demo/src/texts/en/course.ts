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
    question: "The audit receiver is switched off, and three orders are placed. What happens to them?",
    choices: ["They are refused.", "They are accepted, and their audit records are missing for good.", "They are accepted, and their audit records come later."],
    acts: ["Switch the audit record off", "Place 3 orders", "Switch it on again"],
    facts: ["The orders were accepted.", "Their audit records wait in the ledger.", "The receiver is on again and has caught up. Nothing is lost."],
    why: "A receiver never decides whether an order is valid. The service writes the order and its event in one transaction, and a delivery for each receiver follows from the event. While the receiver is off, its deliveries wait.",
  },
  fails: {
    title: "A receiver that fails",
    question: "Every attempt to mail the customer fails. What does the client of createOrder see?",
    choices: ["An error, and no order.", "The order, as usual.", "The order, ten seconds later."],
    acts: ["Break the mail", "Place 2 orders", "Repair the mail", "Retry the dead letters"],
    facts: ["The orders were accepted.", "After four attempts, within some seconds, both deliveries are dead. Now repair the mail.", "After repair and retry, the mails are sent. Nothing is lost."],
    why: "A receiver runs after the commit, outside the client's request. The dispatcher retries a failing delivery with longer and longer pauses, and then marks it as dead. A dead delivery blocks nothing and stays in the ledger until an operator retries it.",
  },
  worker: {
    title: "A worker that stops",
    question: "The worker takes no tasks for ten seconds. What becomes slower?",
    choices: ["Only the processing and the mails.", "Placing an order, by up to ten seconds.", "All pages."],
    acts: ["Stop the worker for 10 s", "Place 3 orders"],
    facts: ["The orders were accepted at once.", "Their processing waits in the ledger.", "The worker is back and has caught up. Nothing is lost."],
    why: "A message to the worker is only a hint. The delivery in the ledger says what to do. A lost message is sent again, and a task that arrives twice finds its delivery done.",
  },
  messages: {
    title: "Messages that are lost",
    question: "All messages to live pages are dropped for ten seconds. What does this page miss?",
    choices: ["The events of these ten seconds.", "Nothing.", "The order of the events."],
    acts: ["Drop the messages for 10 s", "Place 3 orders"],
    facts: ["Messages were dropped.", "This page has still received the new events.", "No event was missed, and none came twice."],
    why: "A message only says that there is something new. A subscriber that receives nothing for two seconds reads the event log from its cursor. Receiving live events and resuming therefore work the same way.",
  },
  twice: {
    title: "Everything twice",
    question: "All processing since you opened this page is repeated. What happens twice?",
    choices: ["The invoices.", "The mails.", "Nothing that can be counted."],
    acts: ["Place an order", "Replay the processing"],
    facts: ["The order was accepted.", "The processing runs again.", "The processing has ended, and nothing is doubled."],
    why: "A delivery may run more than once, because a process can die after the work and before recording it. Each receiver therefore uses the event's id as a key, and a repeat changes nothing.",
  },
};

export const courseTexts = {
  course: {
    title: "The course",
    lead: (steps: number) => `${count(steps, "step", "steps")} of about two minutes each: predict, act, observe, and read why. Or experiment freely below.`,
    step,
    place: (now: number, all: number) => `Step ${now} of ${all}`,
    predict: "Predict",
    act: "Do",
    observe: "Observe",
    explain: "Why",
    predictFirst: "First choose what you expect.",
    right: "You predicted it.",
    wrong: (choice: string) => `You predicted: “${choice}”`,
    isObserved: "observed",
    isAwaited: "not yet",
    code: "The receiver's code and numbers",
    chapter: (number: number) => `Chapter ${number} of the guide`,
    plain: "The same fault with plain signals",
    plainHint: "Run the guide's designs under such faults, side by side. The naive design is what most projects write with post_save.",
    back: "Back",
    next: "Next step",
    again: "Begin again",
    ends: "That was the course. The guide builds this system step by step, starting with what plain signals lose.",
    toGuide: "Begin with chapter 1",
    placed: (orders: number) => `${count(orders, "order", "orders")} accepted.`,
    refused: (orders: number) => `${count(orders, "order was", "orders were")} refused.`,
  },
};
