/** Texts of failed requests. */
import type { Trouble } from "orders-client";
import { count } from "../numbers";

/** A sentence about a failed request, and what the user can do. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "The server did not answer, so the result is unknown. You can safely try again: the change is made only once.";
    case "unavailable":
      return "The server is not available at the moment. You can safely try again: the change is made only once.";
    case "fault":
      return `An error occurred in the server${trouble.requestId ? ` (request ${trouble.requestId})` : ""}. You can safely try again: the change is made only once.`;
    case "throttled":
      return `Too many requests. Try again in ${count(Math.ceil(trouble.seconds), "second", "seconds")}.`;
    case "unauthenticated":
      return "You are no longer signed in. Sign in, then try again.";
    case "forbidden":
      return "You can view orders here, but not place or change them.";
    case "refused":
      return trouble.message;
  }
}
