/** Names of statuses, events, receivers and deliveries, for all pages. */
import type { DeliveryStatus, OrderEventType, OrderStatus, ProcessingStatus } from "../../api/generated";

export const termTexts = {
  status: { NEW: "New", PAID: "Paid", SHIPPED: "Shipped", DELIVERED: "Delivered", CANCELLED: "Cancelled" } satisfies Record<OrderStatus, string>,
  processing: { PENDING: "Waiting for processing", RUNNING: "Being processed", DONE: "Processed", FAILED: "Processing failed" } satisfies Record<ProcessingStatus, string>,

  eventType: {
    ORDER_CREATED: "placed",
    ORDER_PAID: "paid",
    ORDER_SHIPPED: "shipped",
    ORDER_DELIVERED: "delivered",
    ORDER_CANCELLED: "cancelled",
    ORDER_UPDATED: "updated",
    ORDER_REFUNDED: "refunded",
    ORDER_PROCESSING: "processed",
    ORDER_CHANGED_OUT_OF_BAND: "changed directly in the database",
  } satisfies Record<OrderEventType, string>,
  receiver: { audit: "Audit record", notifications: "Mail to the customer", processing: "Background processing", subscriptions: "Live subscribers", webhooks: "Webhooks opened", webhook: "Webhook" } as Readonly<Record<string, string>>,
  delivery: { PENDING: "waiting", RUNNING: "running", RETRYING: "failed, will be retried", SUCCEEDED: "done", DEAD: "dead letter", SKIPPED: "skipped" } satisfies Record<DeliveryStatus, string>,
};
