/** Reads something repeatedly: when notified, and after a pause that depends on the last result. Never twice at once, never while the page is hidden. */
import { useEffect, useRef, useState } from "react";

export interface Reading<T> {
  /** Reads from the server; an exception is the trouble. */
  read(): Promise<T>;
  /** The pause before the next read, unless notified before; undefined waits for a notification. */
  again(value: T): number | undefined;
}

export class Reader<T> {
  private timer: ReturnType<typeof setTimeout> | undefined;
  private reading = false;
  private notified = false;
  private over = false;

  constructor(
    private readonly reading_: Reading<T>,
    private readonly show: (value: T) => void,
    private readonly fail: (trouble: unknown) => void,
    private readonly failedPauseMs = 2_000,
    private readonly isHidden: () => boolean = () => document.hidden,
  ) {}

  /** Read now, or right after the current read, which may have been too early. */
  refresh(): void {
    if (this.over) return;
    if (this.reading) {
      this.notified = true;
      return;
    }
    clearTimeout(this.timer);
    void this.round();
  }

  end(): void {
    this.over = true;
    clearTimeout(this.timer);
  }

  private async round(): Promise<void> {
    this.reading = true;
    this.notified = false;
    let pause: number | undefined = this.failedPauseMs;
    try {
      const value = await this.reading_.read();
      if (this.over) return;
      pause = this.reading_.again(value);
      this.show(value);
    } catch (trouble) {
      if (!this.over) this.fail(trouble);
    } finally {
      this.reading = false;
    }
    if (this.over) return;
    if (this.notified) this.refresh();
    else if (pause !== undefined && !this.isHidden()) this.timer = setTimeout(() => this.refresh(), pause);
  }
}

/** The last value, the last error since then, and a function to read now. A new `key` means another thing to read. */
export function useReading<T>(key: string, reading: Reading<T>): { value: T | undefined; trouble: unknown; refresh: () => void } {
  const [state, setState] = useState<{ key: string; value?: T; trouble?: unknown }>({ key });
  const latest = useRef(reading);
  latest.current = reading;
  const reader = useRef<Reader<T>>(null);
  useEffect(() => {
    const mine = new Reader<T>(
      { read: () => latest.current.read(), again: (value) => latest.current.again(value) },
      (value) => setState({ key, value }),
      (trouble) => setState((before) => ({ ...(before.key === key ? before : {}), key, trouble })),
    );
    reader.current = mine;
    const awake = () => document.hidden || mine.refresh();
    document.addEventListener("visibilitychange", awake);
    mine.refresh();
    return () => {
      document.removeEventListener("visibilitychange", awake);
      mine.end();
    };
  }, [key]);
  const current = state.key === key ? state : { key };
  return { value: current.value, trouble: current.trouble, refresh: () => reader.current?.refresh() };
}
