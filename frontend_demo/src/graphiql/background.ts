/**
 * Subscriptions that continue after a change of tab.
 *
 * GraphiQL stops a running subscription when another tab is opened, but here an order is placed in one tab and seen in another.
 * So a subscription that is left, not stopped, continues in the background, and resumes when its tab is shown.
 */

export interface Sink<Result> {
  next(result: Result): void;
  error(error: unknown): void;
  complete(): void;
}

/** Subscribes, and returns a function that stops. */
export type Start<Result> = (sink: Sink<Result>) => () => void;

export interface Running {
  readonly title: string;
  readonly received: number;
}

interface Subscription<Result> {
  title: string;
  received: number;
  stop: () => void;
  shown: Sink<Result> | undefined;
  last: Result | undefined;
  /** How it ended in the background. */
  ending: ((sink: Sink<Result>) => void) | undefined;
}

export class Background<Result> {
  readonly #subscriptions = new Map<string, Subscription<Result>>();
  readonly #listeners = new Set<() => void>();
  #active = "";
  #running: readonly Running[] = [];
  #resuming = false;
  /** Makes GraphiQL run its active tab. */
  resume: () => void = () => {};

  /** The subscriptions behind the active tab; the same array until it changes. */
  readonly running = (): readonly Running[] => this.#running;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Whether the active tab has a subscription to resume. */
  get waiting(): boolean {
    const subscription = this.#subscriptions.get(this.#active);
    return !!subscription && !subscription.shown;
  }

  /** Set the tabs and the visible one. */
  look(tabs: readonly string[], active: string): void {
    this.#active = active;
    for (const tab of this.#subscriptions.keys()) if (!tabs.includes(tab)) this.#end(tab);
    if (this.waiting && !this.#resuming) {
      this.#resuming = true;
      setTimeout(() => {
        this.#resuming = false;
        if (this.waiting) this.resume();
      });
    }
    this.#changed();
  }

  /** The subscription of the active tab for GraphiQL to show: the waiting one, else a new one. */
  open(title: string, start: Start<Result>): { subscribe(sink: Sink<Result>): { unsubscribe(): void } } {
    const tab = this.#active;
    return {
      subscribe: (sink) => {
        this.#show(tab, sink, () => this.#begin(tab, title, start));
        return { unsubscribe: () => this.#leave(tab) };
      },
    };
  }

  #begin(tab: string, title: string, start: Start<Result>): Subscription<Result> {
    const subscription: Subscription<Result> = { title, received: 0, stop: () => {}, shown: undefined, last: undefined, ending: undefined };
    this.#subscriptions.set(tab, subscription);
    const finish = (ending: (sink: Sink<Result>) => void) => {
      if (this.#subscriptions.get(tab) !== subscription) return;
      if (subscription.shown && tab === this.#active) {
        this.#subscriptions.delete(tab);
        ending(subscription.shown);
      } else subscription.ending = ending;
      this.#changed();
    };
    subscription.stop = start({
      next: (result) => {
        subscription.last = result;
        subscription.received += 1;
        if (tab === this.#active) subscription.shown?.next(result);
        this.#changed();
      },
      error: (error) => finish((sink) => sink.error(error)),
      complete: () => finish((sink) => sink.complete()),
    });
    return subscription;
  }

  #show(tab: string, sink: Sink<Result>, begin: () => Subscription<Result>): void {
    const subscription = this.#subscriptions.get(tab) ?? begin();
    subscription.shown = sink;
    if (subscription.last !== undefined) sink.next(subscription.last);
    if (subscription.ending) {
      this.#subscriptions.delete(tab);
      subscription.ending(sink);
    }
    this.#changed();
  }

  /** GraphiQL stops it: because the user did, or, before it reports that, because the tab is about to change. */
  #leave(tab: string): void {
    const subscription = this.#subscriptions.get(tab);
    if (!subscription) return;
    subscription.shown = undefined;
    if (tab !== this.#active) return;
    queueMicrotask(() => {
      if (tab === this.#active && !subscription.shown) this.#end(tab);
      this.#changed();
    });
  }

  #end(tab: string): void {
    const subscription = this.#subscriptions.get(tab);
    this.#subscriptions.delete(tab);
    subscription?.stop();
  }

  #changed(): void {
    const behind = [...this.#subscriptions].filter(([tab, { ending }]) => tab !== this.#active && !ending);
    this.#running = behind.map(([, { title, received }]) => ({ title, received }));
    for (const listener of this.#listeners) listener();
  }
}
