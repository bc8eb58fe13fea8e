/** Whether the server runs published documents only: known when it refuses another one. */
const NOT_TRUSTED = "DOCUMENT_NOT_TRUSTED";

export class Trust {
  readonly #listeners = new Set<() => void>();
  #isRefused = false;

  readonly isRefused = (): boolean => this.#isRefused;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Look at the errors of an answer; anything else is ignored. */
  look(errors: unknown): void {
    const isRefused = Array.isArray(errors) && errors.some((error: { extensions?: { code?: unknown } } | null) => error?.extensions?.code === NOT_TRUSTED);
    if (!isRefused || this.#isRefused) return;
    this.#isRefused = true;
    for (const listener of this.#listeners) listener();
  }
}
