import "./import.css";
import { useSyncExternalStore } from "react";
import { type CreateOrdersInput, ImportOrdersDocument } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { InGraphiQL } from "../app/InGraphiQL";
import { Loading, PageHeading } from "../app/blocks";
import { texts } from "../texts";
import { Choose } from "./Choose";
import { FileView } from "./FileView";
import { importer } from "./server";
import { useDrop } from "./useDrop";

const SAMPLE: CreateOrdersInput = { orders: [{ externalReference: "SAMPLE-9", total: "12.50" }], errorPolicy: "REJECT_FAILED", idempotencyKey: "import-sample-9" };
const OPERATIONS = [{ name: texts.import.thisMutation, href: graphiqlLink(ImportOrdersDocument, { input: SAMPLE, dryRun: true }) }];

export default function ImportPage() {
  const state = useSyncExternalStore(importer.subscribe, importer.state);
  const over = useDrop();
  return (
    <div className="import" data-over={over}>
      <PageHeading title={texts.import.heading} lead={texts.import.lead}>
        <InGraphiQL operations={OPERATIONS} />
      </PageHeading>
      {state.status === "none" ? <Choose problem={state.problem} over={over} /> : state.status === "reading" ? <Loading>{texts.import.reading}</Loading> : <FileView open={state} />}
    </div>
  );
}
