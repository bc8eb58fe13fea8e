/** Placing orders, each under a key of its own until it is answered. */
import { useMutation } from "urql";
import { useRef, useState } from "react";
import { PlaceOrderDocument, type CreateOrderInput } from "../api/generated";
import { newKey } from "../api/keys";
import { sampleOrder } from "./sample";

export type Outcome = { readonly placed: string } | { readonly refused: readonly string[] } | { readonly unsure: string };

export interface PlaceOrder {
  readonly place: () => Promise<void>;
  readonly placing: boolean;
  readonly outcome: Outcome | undefined;
}

export function usePlaceOrder(): PlaceOrder {
  const [{ fetching: placing }, send] = useMutation(PlaceOrderDocument);
  const [outcome, setOutcome] = useState<Outcome>();
  const submission = useRef<CreateOrderInput>(undefined);

  const place = async () => {
    if (placing) return;
    // Without an answer nobody knows whether it was taken: the same order goes out again, under the same key.
    submission.current ??= { ...sampleOrder(), idempotencyKey: newKey() };
    const { data, error } = await send({ input: submission.current });
    if (error?.networkError) return setOutcome({ unsure: error.networkError.message });
    submission.current = undefined;
    const order = data?.createOrder.order;
    const problems = [...(data?.createOrder.userErrors ?? []), ...(error?.graphQLErrors ?? [])];
    setOutcome(order ? { placed: order.number } : { refused: problems.map(({ message }) => message) });
  };

  return { place, placing, outcome };
}
