/** How many mails and jobs wait, while there are many: after an import, or when a part of the system is down. */
import { useClient } from "urql";
import { BacklogDocument, type BacklogQuery } from "../api/generated";
import { texts } from "../texts";
import type { Waiting } from "../texts/en/app";
import { useReading } from "../loading/reading";

const BUSY_MS = 2_000;
const IDLE_MS = 10_000;
/** Fewer are the usual work of the last seconds. */
const WORTH_SAYING = 10;

export function Backlog() {
  const client = useClient();
  const { value } = useReading<Waiting>("backlog", {
    read: async () => {
      const { data, error } = await client.query(BacklogDocument, {}).toPromise();
      if (!data) throw error;
      return waitingIn(data);
    },
    again: (waiting) => (isWorthSaying(waiting) ? BUSY_MS : IDLE_MS),
  });
  if (!value || !isWorthSaying(value)) return null;
  return (
    <p className="backlog said" data-tone="warn" role="status">
      <span className="spinner" aria-hidden="true" />
      {texts.backlog(value)}
    </p>
  );
}

export function waitingIn({ receivers }: BacklogQuery): Waiting {
  const of = (name: string) => receivers.filter((one) => one.name === name).reduce((sum, { pending, retrying }) => sum + pending + retrying, 0);
  return { mails: of("notifications"), jobs: of("processing") };
}

export function isWorthSaying({ mails, jobs }: Waiting): boolean {
  return mails + jobs >= WORTH_SAYING;
}
