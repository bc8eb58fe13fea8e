/** What is typed into the form of an endpoint, and the input that it makes. */
import type { CreateWebhookEndpointInput, EndpointCardFragment, OrderEventType } from "../../api/generated";

export interface EndpointDraft {
  readonly url: string;
  readonly description: string;
  /** None chosen: all. */
  readonly eventTypes: readonly OrderEventType[];
  /** `OrderWhere` as JSON. */
  readonly where: string;
  readonly document: string;
}

export function draftOf(endpoint: EndpointCardFragment | undefined): EndpointDraft {
  return {
    url: endpoint?.url ?? "",
    description: endpoint?.description ?? "",
    eventTypes: endpoint?.eventTypes ?? [],
    where: endpoint?.where ? JSON.stringify(endpoint.where, null, 2) : "",
    document: endpoint?.document ?? "",
  };
}

/** The input, or "where" if that text is no JSON object. */
export function inputOf({ url, description, eventTypes, where, document }: EndpointDraft): CreateWebhookEndpointInput | "where" {
  const filter = filterOf(where);
  if (filter === undefined) return "where";
  return { url: url.trim(), description: description.trim() || null, eventTypes: eventTypes.length ? [...eventTypes] : null, where: filter, document: document.trim() || null };
}

function filterOf(text: string): CreateWebhookEndpointInput["where"] | undefined {
  if (!text.trim()) return null;
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
