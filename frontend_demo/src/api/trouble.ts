/** Why an operation was not answered, as what a person can do about it. What a form's user can correct is `userErrors`, not here. */
import type { CombinedError } from "@urql/core";

export type Trouble =
  /** No answer came, so the result is unknown. Sending the same idempotency key again is safe. */
  | { readonly kind: "unanswered"; readonly reason: string }
  /** The server could not do it now; the same holds. */
  | { readonly kind: "unavailable" }
  | { readonly kind: "throttled"; readonly seconds: number }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "forbidden" }
  | { readonly kind: "fault"; readonly requestId: string | undefined }
  /** Refused as it was asked: asking again the same way helps nothing. */
  | { readonly kind: "refused"; readonly message: string };

const SECONDS_IF_NOT_SAID = 1;

export function troubleOf({ networkError, graphQLErrors: [first] }: Pick<CombinedError, "networkError" | "graphQLErrors">): Trouble {
  if (networkError || !first) return { kind: "unanswered", reason: networkError?.message ?? "" };
  const { code, retryAfterSeconds, requestId } = first.extensions;
  switch (code) {
    case "THROTTLED":
      return { kind: "throttled", seconds: typeof retryAfterSeconds === "number" ? retryAfterSeconds : SECONDS_IF_NOT_SAID };
    case "UNAUTHENTICATED":
    case "TOKEN_EXPIRED":
      return { kind: "unauthenticated" };
    case "FORBIDDEN":
      return { kind: "forbidden" };
    case "UNAVAILABLE":
      return { kind: "unavailable" };
    case "INTERNAL":
      return { kind: "fault", requestId: typeof requestId === "string" ? requestId : undefined };
    default:
      return { kind: "refused", message: first.message };
  }
}

/** Whether it may have been done all the same. */
export function isUnsure({ kind }: Trouble): boolean {
  return kind === "unanswered" || kind === "unavailable" || kind === "fault";
}
