import { useGraphiQL, useGraphiQLActions } from "@graphiql/react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { graphiqlTexts as texts } from "../texts/en/graphiql";
import type * as documents from "./published";
import type { Trust } from "./trust";

/** Once the server has refused a document that is not published: says so, and offers those that are. */
export function PublishedOnly({ trust }: { trust: Trust }) {
  const isRefused = useSyncExternalStore(trust.onChange, trust.isRefused);
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({ queryEditor, variableEditor }));
  const [{ published, neededVariables } = { published: [], neededVariables: () => "" }, setModule] = useState<typeof documents>();

  useEffect(() => {
    if (isRefused) void import("./published").then(setModule);
  }, [isRefused]);

  if (!isRefused) return null;
  const open = (index: number) => {
    const text = published[index]?.text ?? "";
    addTab();
    queryEditor?.setValue(text);
    variableEditor?.setValue(neededVariables(text));
  };
  return (
    <div className="published" role="alert">
      <p>{texts.publishedOnly}</p>
      <select value="" aria-label={texts.choosePublished} onChange={({ target }) => open(Number(target.value))}>
        <option value="" disabled>
          {texts.choosePublished}
        </option>
        {published.map(({ client, name }, index) => (
          <option key={`${client}/${name}`} value={index}>
            {client}/{name}
          </option>
        ))}
      </select>
    </div>
  );
}
