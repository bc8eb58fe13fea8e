/** The documents of this release that GraphiQL offers where the server runs published ones only. */
import { Kind, getOperationAST, parse } from "graphql";

const files = import.meta.glob<string>("../../../contracts/*/*.graphql", { query: "?raw", import: "default", eager: true });

export interface Published {
  readonly client: string;
  readonly name: string;
  /** The file's very text: a changed one is another document. */
  readonly text: string;
}

/** By client and name. GraphiQL's introspection is not offered: it sends that by itself. */
export const published: readonly Published[] = Object.entries(files)
  .map(([path, text]) => {
    const [file = "", client = ""] = path.split("/").reverse();
    return { client, name: file.replace(".graphql", ""), text };
  })
  .filter(({ name }) => name !== "IntrospectionQuery");

/** The variables that an operation needs, for the user to fill in: `{"id": null}`. Empty if it needs none. */
export function neededVariables(text: string): string {
  const definitions = getOperationAST(parse(text))?.variableDefinitions ?? [];
  const needed = definitions.filter(({ type, defaultValue }) => type.kind === Kind.NON_NULL_TYPE && !defaultValue);
  return needed.length ? JSON.stringify(Object.fromEntries(needed.map(({ variable }) => [variable.name.value, null])), null, 2) : "";
}
