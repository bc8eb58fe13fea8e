/** Places sample orders, one at a time, and counts those that are accepted. */
import { useCallback } from "react";
import { useClient } from "urql";
import { newKey } from "../../api/keys";
import { sampleOrder } from "../../place/sample";
import { LabPlaceOrderDocument } from "../../api/generatedLab";

/** Place one order; true if it is accepted. */
export function usePlacing(): () => Promise<boolean> {
  const client = useClient();
  return useCallback(async () => {
    const { data } = await client.mutation(LabPlaceOrderDocument, { input: { ...sampleOrder(), idempotencyKey: newKey() } }).toPromise();
    return data?.createOrder.order != null;
  }, [client]);
}
