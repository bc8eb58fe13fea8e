import "./import.css";
import { useSyncExternalStore } from "react";
import { type CreateOrdersInput, ImportOrdersDocument } from "../api/generated";
import { graphiqlLink } from "../api/graphiql";
import { InGraphiQL } from "../components/InGraphiQL";
import { Loading, PageHeading } from "../components/blocks";
import { texts } from "../texts";
import { AskEncoding } from "./AskEncoding";
import { Choose } from "./Choose";
import { FileView } from "./FileView";
import type { ImportState } from "./sending/importer";
import { importer } from "./sending/server";
import { useDrop } from "./useDrop";

const SAMPLE: CreateOrdersInput = { orders: [{ externalReference: "SAMPLE-9", total: "12.50" }], errorPolicy: "REJECT_FAILED", idempotencyKey: "import-sample-9" };
const OPERATIONS = [{ name: texts.import.thisMutation, href: graphiqlLink(ImportOrdersDocument, { input: SAMPLE, dryRun: true }) }];

function Stage({ state, over }: { state: ImportState; over: boolean }) {
  switch (state.status) {
    case "none":
      return <Choose problem={state.problem} over={over} />;
    case "reading":
      return <Loading>{texts.import.reading}</Loading>;
    case "asking":
      return <AskEncoding asking={state} />;
    default:
      return <FileView open={state} />;
  }
}

export default function ImportPage() {
  const state = useSyncExternalStore(importer.subscribe, importer.state);
  const over = useDrop();
  return (
    <div className="import centred" data-over={over}>
      <PageHeading title={texts.import.heading} lead={texts.import.lead}>
        <InGraphiQL operations={OPERATIONS} />
      </PageHeading>
      <Stage state={state} over={over} />
    </div>
  );
}
