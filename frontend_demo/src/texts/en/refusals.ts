/** A `userError` of the server. */
export interface Refusal {
  /** Undefined: it is not the server's, and its message is in the person's language. */
  readonly code?: string;
  readonly field: readonly string[] | null;
  readonly message: string;
}

/** The server's own sentence: it is English. */
export function refusalText({ message }: Refusal): string {
  return message;
}
