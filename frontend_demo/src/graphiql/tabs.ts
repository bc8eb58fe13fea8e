/** The first tabs of GraphiQL: a query, a mutation and a subscription, ready to run. */
import query from "./tabs/1-query.graphql?raw";
import mutation from "./tabs/2-mutation.graphql?raw";
import mutationVariables from "./tabs/2-mutation.json?raw";
import subscription from "./tabs/3-subscription.graphql?raw";

export interface Tab {
  readonly query: string;
  readonly variables?: string;
}

export const TABS: readonly Tab[] = [
  { query },
  { query: mutation, variables: mutationVariables.trim() },
  { query: subscription },
];
