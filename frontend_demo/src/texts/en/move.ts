/** Texts of the changes of an order's status: src/move/. */
import type { OrderStatus } from "../../api/generated";
import { termTexts } from "./terms";

export const moveTexts = {
  move: {
    group: (number: string) => `Actions for order ${number}`,
    button: { PAID: "Mark as paid", SHIPPED: "Ship", DELIVERED: "Mark as delivered", CANCELLED: "Cancel order" },
    sending: { PAID: "Marking as paid …", SHIPPED: "Shipping …", DELIVERED: "Marking as delivered …", CANCELLED: "Cancelling …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Delivered: no further action is possible.", CANCELLED: "Cancelled: no further action is possible." } satisfies Record<OrderStatus, string>,
    moved: (number: string, status: OrderStatus) => `Order ${number} is ${termTexts.status[status].toLowerCase()}.`,
    refused: (messages: readonly string[]) => `The change was refused: ${messages.join(" ")}`,
    again: "Try again",
    dismiss: "Discard",
    back: "Back",
    ship: {
      heading: (number: string) => `Ship order ${number}`,
      trackingCode: "Tracking code",
      hint: "Optional. The customer receives it by mail.",
      confirm: "Ship the order",
    },
    cancel: {
      heading: (number: string) => `Cancel order ${number}?`,
      warning: "A cancelled order cannot be reopened. The customer is notified by mail.",
      reason: "Reason",
      hint: "Optional. The customer sees it in the mail.",
      keep: "Keep the order",
      confirm: "Cancel the order",
    },
    stale: {
      heading: (number: string) => `Order ${number} has changed`,
      explanation: (saw: number, now: number) => `You saw version ${saw}. The order was changed since then and is now at version ${now}. Your change was not made.`,
      isNow: "Current status",
      youWanted: "Your change",
      impossible: (now: string, wanted: string) => `The order can no longer change from “${now}” to “${wanted}”.`,
      leave: "Discard my change",
      anyway: (action: string) => `${action} anyway`,
    },
  },
};
