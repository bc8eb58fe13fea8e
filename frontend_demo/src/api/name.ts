/** The name by which the server counts what this page uses of the schema. */
import { version } from "../../package.json";

export const CLIENT: Readonly<Record<string, string>> = { "graphql-client-name": "frontend_demo", "graphql-client-version": version };
