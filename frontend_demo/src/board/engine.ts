/** The board's life, without a line of React: a page, then the stream that goes on where the page ends, taken in once per frame. */
import type { CombinedError } from "@urql/core";
import type { Follower, Topic } from "../api/follow";
import type { BoardEventFragment, BoardPageQuery, BoardPageQueryVariables } from "../api/generated";
import { type Feed, apply, fromPage, withOlder } from "../feed";
import { type Away, beginAway, countAway } from "./away";
import { type Filter, whereOf } from "./filter";
import { Latencies } from "./latency";

export const PAGE_SIZE = 50;
const OLDER_SIZE = 100;
/** Nothing missed has come for so long after a break: all of it is here. */
const CAUGHT_UP_MS = 700;
/** A fresh page is sooner right than a stream that has more than this to tell. */
const CATCH_UP_WITHIN_MS = 1_000;

export interface Board {
  /** Of another filter while a new one is asked for. */
  readonly feed: Feed | undefined;
  readonly loading: boolean;
  readonly loadingOlder: boolean;
  /** Why it can't go on, until `load`. */
  readonly problem: string | undefined;
}

export interface World {
  readonly page: (variables: BoardPageQueryVariables) => Promise<{ readonly data?: BoardPageQuery | undefined; readonly error?: CombinedError | undefined }>;
  readonly follow: (topic: Topic, follower: Follower) => () => void;
  readonly perFrame: (work: () => void) => () => void;
  /** Once what was just set is on the screen; never in a tab that is not seen. */
  readonly afterPaint: (work: () => void) => void;
  readonly serverNow: () => number;
  /** Words for the person: after a break, after an expired cursor. */
  readonly caughtUp: (away: Away) => void;
  readonly loadedAnew: () => void;
}

export class Engine {
  readonly latencies = new Latencies();
  #board: Board = { feed: undefined, loading: true, loadingOlder: false, problem: undefined };
  readonly #listeners = new Set<() => void>();
  readonly #world: World;
  readonly #flushSoon: () => void;
  #filter: Filter | undefined;
  #turn = 0;
  #stop = () => {};
  #queue: BoardEventFragment[] = [];
  #meanwhile: BoardEventFragment[] | undefined;
  #lostAt: number | undefined;
  #away: Away | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #patience: ReturnType<typeof setTimeout> | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#flushSoon = world.perFrame(() => this.#flush());
  }

  readonly read = (): Board => this.#board;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Show the newest orders of this filter, and follow them from there. */
  async load(filter: Filter | undefined = this.#filter): Promise<void> {
    if (!filter) return;
    const turn = this.#begin();
    this.#filter = filter;
    this.#set({ loading: true, loadingOlder: false, problem: undefined });
    const where = whereOf(filter);
    const { data, error } = await this.#world.page({ where, first: PAGE_SIZE });
    if (turn !== this.#turn) return;
    if (!data) return this.#set({ loading: false, problem: reasonOf(error) });
    this.#set({ loading: false, feed: fromPage(data.orders, filter) });
    this.#stop = this.#world.follow({ after: data.orders.eventCursor, where }, this.#follower(turn));
  }

  async loadOlder(): Promise<void> {
    const { feed, loading, loadingOlder } = this.#board;
    if (!feed?.older || loading || loadingOlder) return;
    const turn = this.#turn;
    this.#meanwhile = [];
    this.#set({ loadingOlder: true });
    const { data } = await this.#world.page({ where: whereOf(feed.filter), first: OLDER_SIZE, after: feed.older });
    if (turn !== this.#turn) return;
    this.#flush();
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    const { feed: now } = this.#board;
    this.#set({ loadingOlder: false, ...(data && now && { feed: withOlder(now, data.orders, meanwhile) }) });
  }

  /** The connection has come or gone. */
  connected(isLive: boolean): void {
    const now = this.#world.serverNow();
    if (!isLive) {
      this.#lostAt ??= now;
      return;
    }
    if (this.#board.problem !== undefined) void this.load();
    else if (this.#lostAt !== undefined && this.#board.feed) this.#missed(beginAway(now, now - this.#lostAt));
    this.#lostAt = undefined;
  }

  end(): void {
    this.#begin();
  }

  #begin(): number {
    this.#stop();
    this.#stop = () => {};
    this.#queue = [];
    this.#meanwhile = undefined;
    this.#away = undefined;
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    return ++this.#turn;
  }

  #follower(turn: number): Follower {
    const mine = (act: () => void) => () => {
      if (turn === this.#turn) act();
    };
    return {
      event: (event) => {
        if (turn !== this.#turn) return;
        this.#queue.push(event);
        this.#flushSoon();
      },
      lagged: mine(() => this.#missed(beginAway(this.#world.serverNow(), 0))),
      expired: mine(() => {
        this.#world.loadedAnew();
        void this.load();
      }),
      failed: (problem) => mine(() => this.#set({ problem }))(),
    };
  }

  #flush(): void {
    const { feed } = this.#board;
    const events = this.#queue;
    if (!feed || !events.length) return;
    this.#queue = [];
    this.#meanwhile?.push(...events);
    const next = apply(feed, events);
    this.#set({ feed: next });
    if (next.outdated) void this.load();
    else if (this.#away) this.#count(this.#away, events);
    else this.#measure(events);
  }

  /** From the commit, on the server's clock, to the frame in which the order is shown. */
  #measure(events: readonly BoardEventFragment[]): void {
    this.#world.afterPaint(() => {
      const now = this.#world.serverNow();
      for (const { occurredAt } of events) this.latencies.add(Date.now(), now - Date.parse(occurredAt));
    });
  }

  #missed(away: Away): void {
    this.#away ??= away;
    clearTimeout(this.#patience);
    this.#patience = setTimeout(() => this.#tooMuch(), CATCH_UP_WITHIN_MS);
    this.#waitForQuiet();
  }

  #count(away: Away, events: readonly BoardEventFragment[]): void {
    this.#away = countAway(away, events);
    if (this.#away.over) this.#caughtUp();
    else this.#waitForQuiet();
  }

  #waitForQuiet(): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#caughtUp(), CAUGHT_UP_MS);
  }

  #tooMuch(): void {
    const away = this.#away;
    if (!away) return;
    this.#world.caughtUp({ ...away, more: true });
    void this.load();
  }

  #caughtUp(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#patience);
    if (this.#away) this.#world.caughtUp(this.#away);
    this.#away = undefined;
  }

  #set(change: Partial<Board>): void {
    this.#board = { ...this.#board, ...change };
    for (const listener of this.#listeners) listener();
  }
}

function reasonOf(error: CombinedError | undefined): string {
  return error?.graphQLErrors[0]?.message ?? error?.networkError?.message ?? "No answer.";
}
