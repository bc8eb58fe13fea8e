/** The audit chain's check: an order's records immediately, and the whole chain on request. */
import type { Client } from "@urql/core";
import { useEffect, useState } from "react";
import { useClient } from "urql";
import { VerifyAuditDocument } from "../api/generated";
import { troubleOf } from "orders-client";
import { unreadText } from "../texts";

export type Check =
  | { readonly state: "checking" }
  | { readonly state: "intact"; readonly records: number }
  | { readonly state: "broken"; readonly at: string }
  | { readonly state: "failed"; readonly reason: string };

const MOST_AT_ONCE = 10_000;

/** Checks `most` records after `after`, or to the chain's end. */
async function walk(client: Client, after: number | undefined, most: number): Promise<Check> {
  let from = after === undefined ? null : String(after);
  let records = 0;
  while (records < most) {
    const { data, error } = await client.query(VerifyAuditDocument, { first: Math.min(most - records, MOST_AT_ONCE), after: from }).toPromise();
    if (!data) return { state: "failed", reason: error ? unreadText(troubleOf(error)) : "" };
    const { isIntact, brokenAt, verified, verifiedTo, isComplete } = data.auditVerify;
    records += verified;
    if (!isIntact) return { state: "broken", at: brokenAt ?? verifiedTo };
    if (isComplete || !verified) break;
    from = verifiedTo;
  }
  return { state: "intact", records };
}

export function useChainCheck(positions: readonly number[]): { check: Check; checkAll: () => void } {
  const client = useClient();
  const [check, setCheck] = useState<Check>({ state: "checking" });
  const first = Math.min(...positions);
  const last = Math.max(...positions);
  useEffect(() => {
    let over = false;
    void walk(client, first > 1 ? first - 1 : undefined, last - first + 1).then((found) => over || setCheck(found));
    return () => {
      over = true;
    };
  }, [client, first, last]);
  const checkAll = () => {
    setCheck({ state: "checking" });
    void walk(client, undefined, Infinity).then(setCheck);
  };
  return { check, checkAll };
}
