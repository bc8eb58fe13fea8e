/** Why an operation failed, and what the user can do. Errors that a form's user can correct are `userErrors`, not here. */

/** A failed request, as urql's `CombinedError` has it. */
export interface Failure {
  readonly networkError?: Error | undefined;
  readonly graphQLErrors: readonly { readonly message: string; readonly extensions?: Readonly<Record<string, unknown>> }[];
}

export type Trouble =
  /** No answer came, so the result is unknown. Sending the same idempotency key again is safe. */
  | { readonly kind: "unanswered"; readonly reason: string }
  /** The server could not do it now; a repeat is safe, too. */
  | { readonly kind: "unavailable" }
  | { readonly kind: "throttled"; readonly seconds: number }
  | { readonly kind: "unauthenticated" }
  | { readonly kind: "forbidden" }
  | { readonly kind: "fault"; readonly requestId: string | undefined }
  /** Refused: sending the same again does not help. */
  | { readonly kind: "refused"; readonly message: string };

const SECONDS_IF_NOT_SAID = 1;

export function troubleOf({ networkError, graphQLErrors: [first] }: Failure): Trouble {
  if (networkError || !first) return { kind: "unanswered", reason: networkError?.message ?? "" };
  const { code, retryAfterSeconds, requestId } = first.extensions ?? {};
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

/** Whether it may have been done anyway. */
export function isUnsure({ kind }: Trouble): boolean {
  return kind === "unanswered" || kind === "unavailable" || kind === "fault";
}
