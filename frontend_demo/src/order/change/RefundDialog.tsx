/** Refunds an order's payment, all that is left of it or a part. */
import { type FormEvent, useState } from "react";
import { useClient } from "urql";
import { RefundOrderDocument } from "../../api/generated";
import { decimal, sumOf } from "../../api/values";
import { Dialog } from "../../components/Dialog";
import { money } from "../../format/format";
import { toast } from "../../components/toasts";
import { texts } from "../../texts";
import type { Life } from "../life/useOrderLife";
import { Actions, Labelled, Problems } from "./parts";
import { useChange } from "./useChange";

const REASON_MAX = 500;

/** What is left of the payment. */
export function leftOf({ total, refundedTotal }: Pick<Life, "total" | "refundedTotal">): string {
  return sumOf([{ amount: total.amount, times: 1 }, { amount: refundedTotal.amount, times: -1 }]);
}

/** Whether there is something to refund: a payment, and what is left of it. The server decides. */
export function isRefundable(life: Pick<Life, "status" | "total" | "refundedTotal" | "paidAt">): boolean {
  return life.paidAt !== null && /[1-9]/.test(leftOf(life));
}

export function RefundDialog({ life, close }: { life: Life; close: () => void }) {
  const client = useClient();
  const { currency } = life.total;
  const [amount, setAmount] = useState(() => leftOf(life));
  const [reason, setReason] = useState("");
  const [problem, setProblem] = useState<string>();
  const { refused, isSending, send } = useChange();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const read = decimal(amount);
    setProblem("problem" in read ? read.problem : undefined);
    if ("problem" in read) return;
    const isDone = await send(async (idempotencyKey) => {
      const { data, error } = await client.mutation(RefundOrderDocument, { input: { id: life.id, idempotencyKey, amount: read.value, reason: reason.trim() || null } }).toPromise();
      return { errors: data?.refundOrder.userErrors, error };
    });
    if (!isDone) return;
    toast(texts.order.refundOk(money({ amount: read.value, currency })), "good", { order: life.number });
    close();
  };

  return (
    <Dialog title={texts.order.refunding.heading(life.number)} close={close}>
      <form className="ask" noValidate onSubmit={(event) => void submit(event)}>
        <p>{texts.order.refunding.warning}</p>
        <Problems refused={refused} />
        <Labelled label={`${texts.order.refunding.amount} (${currency})`} hint={texts.order.refunding.amountHint(money({ amount: leftOf(life), currency }))} error={problem ?? refused.errors.get("amount")}>
          {(given) => <input {...given} inputMode="decimal" autoComplete="off" value={amount} onChange={({ target }) => setAmount(target.value)} data-focus="" />}
        </Labelled>
        <Labelled label={texts.order.refunding.reason} hint={texts.order.refunding.reasonHint} error={refused.errors.get("reason")}>
          {(given) => <input {...given} maxLength={REASON_MAX} autoComplete="off" value={reason} onChange={({ target }) => setReason(target.value)} />}
        </Labelled>
        <Actions confirm={texts.order.refunding.confirm} close={close} isSending={isSending} danger />
      </form>
    </Dialog>
  );
}
