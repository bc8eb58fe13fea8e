/** The order form's life: the typed values, the keys of what was sent, and the results. */
import { useRef, useState } from "react";
import { useClient } from "urql";
import type { Client } from "@urql/core";
import { CheckOrderDocument, type BoardOrderFragment, PlaceOrderDocument, type RefusalFragment } from "../api/generated";
import { newKey } from "../api/keys";
import { type Trouble, isUnsure, troubleOf } from "orders-client";
import { endPlaced, placed, placing } from "../optimistic/overlay";
import { changeOverlay } from "../optimistic/store";
import { texts } from "../texts";
import { type OrderDraft, inputOf } from "./draft";
import { type FormErrors, NO_ERRORS } from "../api/refusals";
import { formErrors, ofTheOne } from "./errors";
import { rowOf } from "./row";
import { type Submission, currentSubmission, endSubmission, keepSubmission } from "./submission";

export interface OrderForm {
  readonly draft: OrderDraft;
  readonly errors: FormErrors;
  readonly sending: boolean;
  readonly trouble: Trouble | undefined;
  /** An earlier request had no answer; sent again, it is still one order. */
  readonly unsure: boolean;
  /** Counts the answers, so that each can be brought to the user's attention once. */
  readonly answers: number;
  readonly change: (draft: OrderDraft, errors?: FormErrors) => void;
  readonly submit: () => void;
}

/** The feed has a new order within a second; if it fails, the row above it is not kept permanently. */
const ROW_STAYS_MS = 30_000;

type Said = Pick<OrderForm, "errors" | "trouble">;
const NOTHING_SAID: Said = { errors: NO_ERRORS, trouble: undefined };

export function useOrderForm(currency: string, onPlaced: (order: BoardOrderFragment) => void): OrderForm {
  const client = useClient();
  const [submission, setSubmission] = useState(() => currentSubmission(sessionStorage));
  const [said, setSaid] = useState(NOTHING_SAID);
  const [sending, setSending] = useState(false);
  const [answers, setAnswers] = useState(0);
  const busy = useRef(false);
  const { draft, unsure, idempotencyKey } = submission;

  const keep = (next: Submission) => {
    keepSubmission(sessionStorage, next);
    setSubmission(next);
  };

  const send = async () => {
    const { input, unread } = inputOf(draft);
    if (unread.length) return setSaid({ errors: formErrors([...unread, ...(await objections(client, input))], draft), trouble: undefined });
    keep({ idempotencyKey, draft, unsure: true }); // a page that is closed now does not know the result
    changeOverlay((overlay) => placing(overlay, idempotencyKey, rowOf(idempotencyKey, { currency, ...input })));
    const { data, error } = await client.mutation(PlaceOrderDocument, { input: { ...input, idempotencyKey } });
    const order = data?.createOrder.order;
    if (order) return succeed(order);
    changeOverlay((overlay) => endPlaced(overlay, idempotencyKey));
    if (data) return refuse(data.createOrder.userErrors);
    const trouble: Trouble = error ? troubleOf(error) : { kind: "unanswered", reason: "" };
    keep({ idempotencyKey, draft, unsure: unsure || isUnsure(trouble) });
    setSaid({ errors: NO_ERRORS, trouble });
  };

  const succeed = (order: BoardOrderFragment) => {
    changeOverlay((overlay) => placed(overlay, idempotencyKey, order));
    setTimeout(() => changeOverlay((overlay) => endPlaced(overlay, idempotencyKey)), ROW_STAYS_MS);
    setSubmission(endSubmission(sessionStorage));
    setSaid(NOTHING_SAID);
    onPlaced(order);
  };

  const refuse = (refusals: readonly RefusalFragment[]) => {
    const has = (code: RefusalFragment["code"]) => refusals.some((refusal) => refusal.code === code);
    if (has("IDEMPOTENCY_IN_PROGRESS")) return setSaid({ errors: NO_ERRORS, trouble: { kind: "throttled", seconds: 1 } });
    // The first request was successful, although no answer came, and the form now has another order.
    const earlier = has("IDEMPOTENCY_KEY_REUSED");
    keep({ idempotencyKey: earlier ? newKey() : idempotencyKey, draft, unsure: false });
    setSaid({ errors: earlier ? { ...NO_ERRORS, others: [texts.place.earlierWasPlaced] } : formErrors(refusals, draft), trouble: undefined });
  };

  const submit = async () => {
    if (busy.current) return; // a second click while the first is on its way
    busy.current = true;
    setSending(true);
    await send();
    busy.current = false;
    setSending(false);
    setAnswers((count) => count + 1);
  };

  return {
    draft,
    ...said,
    sending,
    unsure,
    answers,
    change: (next, errors = said.errors) => {
      keep({ ...submission, draft: next });
      setSaid({ errors, trouble: undefined });
    },
    submit: () => void submit(),
  };
}

/** The server's errors about the rest, so that the user sees all of them together. */
async function objections(client: Client, input: ReturnType<typeof inputOf>["input"]): Promise<readonly RefusalFragment[]> {
  const { data } = await client.mutation(CheckOrderDocument, { input: { orders: [input] } });
  return ofTheOne(data?.createOrders.userErrors ?? []);
}
