/** Texts of the changes of an order's status: src/move/. */
import type { OrderStatus } from "../../api/generated";
import { count } from "../../format/numbers";
import { termTexts } from "./terms";

/** The target of a transition. */
export type Target = Exclude<OrderStatus, "NEW">;

export const moveTexts = {
  move: {
    group: (number: string) => `Actions for order ${number}`,
    button: { PAID: "Mark as paid", SHIPPED: "Mark as shipped", DELIVERED: "Mark as delivered", CANCELLED: "Cancel order" },
    bulk: { PAID: "Mark as paid", SHIPPED: "Mark as shipped", DELIVERED: "Mark as delivered", CANCELLED: "Cancel orders" },
    chosen: (number: number) => `${count(number, "order", "orders")} selected`,
    clear: "Clear the selection",
    running: (to: Target, done: number, all: number) => `${moveTexts.move.sending[to].replace(" …", "")}: ${done} of ${all} …`,
    allMoved: (number: number, to: Target) => `${count(number, "order is", "orders are")} ${termTexts.status[to].toLowerCase()} now.`,
    someRefused: (number: number) => `${count(number, "order was", "orders were")} not changed:`,
    sending: { PAID: "Marking as paid …", SHIPPED: "Marking as shipped …", DELIVERED: "Marking as delivered …", CANCELLED: "Cancelling …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Delivered: no further action is possible.", CANCELLED: "Cancelled: no further action is possible." } satisfies Record<OrderStatus, string>,
    moved: (number: string, status: OrderStatus) => `Order ${number} is ${termTexts.status[status].toLowerCase()}.`,
    refused: (messages: readonly string[]) => `The change was refused: ${messages.join(" ")}`,
    again: "Try again",
    dismiss: "Discard",
    back: "Back",
    ship: {
      heading: (number: string) => `Mark order ${number} as shipped`,
      trackingCode: "Tracking code",
      hint: "Optional. The mail to the customer contains the code.",
      confirm: "Mark as shipped",
    },
    cancel: {
      heading: (number: string) => `Cancel order ${number}?`,
      headingOf: (number: number) => `Cancel ${count(number, "order", "orders")}?`,
      confirmOf: (number: number) => `Cancel ${count(number, "order", "orders")}`,
      warning: "A cancelled order cannot be reopened. The customer is notified by mail.",
      reason: "Reason",
      hint: "Optional. The mail to the customer contains the reason.",
      keep: "Keep the order",
      confirm: "Cancel the order",
    },
    stale: {
      heading: (number: string) => `Order ${number} has changed`,
      explanation: (saw: number, now: number) => `You saw version ${saw}. The order was changed since then and is now at version ${now}. Your change was not saved.`,
      isNow: "Current status",
      youWanted: "Your change",
      impossible: (now: string, wanted: string) => `The order can no longer change from “${now}” to “${wanted}”.`,
      leave: "Discard my change",
      anyway: (action: string) => `${action} anyway`,
    },
  },
};
