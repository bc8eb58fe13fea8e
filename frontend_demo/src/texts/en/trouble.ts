/** Texts of failed requests. */
import type { Trouble } from "orders-client";
import { count } from "../../format/numbers";

const AGAIN = "You can safely try again: the change is made only once.";

/** A sentence about a failed change, and what the user can do. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return `The server did not answer, so the result is unknown. ${AGAIN}`;
    case "unavailable":
    case "fault":
      return `${unreadText(trouble)} ${AGAIN}`;
    case "forbidden":
      return "You can view orders here, but not place or change them.";
    default:
      return unreadText(trouble);
  }
}

/** The same about what could not be read. */
export function unreadText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "The server did not answer.";
    case "unavailable":
      return "The server is not available at the moment.";
    case "fault":
      return `An error occurred in the server${trouble.requestId ? ` (request ${trouble.requestId})` : ""}.`;
    case "throttled":
      return `Too many requests. Try again in ${count(Math.ceil(trouble.seconds), "second", "seconds")}.`;
    case "unauthenticated":
      return "You are no longer signed in. Sign in, then try again.";
    case "forbidden":
      return "You may not view this.";
    case "refused":
      return trouble.message;
  }
}
