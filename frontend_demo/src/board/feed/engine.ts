/** The board's life, without React: a page, then the stream from the page's position, applied once per frame. */
import type { CombinedError } from "@urql/core";
import { type Follower, type Trouble, troubleOf } from "orders-client";
import type { BoardEventFragment, BoardPageQuery, BoardPageQueryVariables, OrderWhere } from "../../api/generated";
import { type Feed, apply, fromPage, withOlder } from "./feed";
import { type Away, beginAway, countAway } from "./away";
import { type Articles, type Filter, whereOf } from "../filter/filter";
import { Latencies } from "./latency";
import type { Sort } from "../filter/sort";

export const PAGE_SIZE = 50;
const OLDER_SIZE = 100;
/** No further missed event has come for so long after a disconnect: all of them are here. */
const CAUGHT_UP_MS = 700;
/** Nothing has come for so long after a disconnect: nothing was missed. A slow server or network takes its time. */
const NOTHING_MISSED_MS = 2_000;
/** Missed events have come for so long, and there are still more: a fresh page is faster. */
const CATCH_UP_WITHIN_MS = 1_000;

/** Which orders, and in which order. */
export interface View {
  readonly filter: Filter;
  readonly sort: Sort;
  /** What the filter's text means in lines. */
  readonly articles?: Articles;
}

export interface Board {
  /** True while the page of a new filter is loading: the rows are those of the old one. */
  readonly feed: Feed | undefined;
  readonly loading: boolean;
  readonly loadingOlder: boolean;
  /** Why it can't go on, until `load`. */
  readonly problem: Trouble | undefined;
}

/** The orders that the filter matches before or after a change, from the cursor on. */
export interface Topic {
  readonly after: string;
  readonly where: OrderWhere;
}

export interface World {
  readonly page: (variables: BoardPageQueryVariables) => Promise<{ readonly data?: BoardPageQuery | undefined; readonly error?: CombinedError | undefined }>;
  readonly follow: (topic: Topic, follower: Follower<BoardEventFragment>) => () => void;
  readonly perFrame: (work: () => void) => () => void;
  /** Resolves when the last change is on the screen; never in a hidden tab. */
  readonly afterPaint: (work: () => void) => void;
  readonly serverNow: () => number;
  /** Messages for the user: after a disconnect, after an expired cursor. */
  readonly caughtUp: (away: Away) => void;
  readonly reloaded: () => void;
}

export class Engine {
  readonly latencies = new Latencies();
  #board: Board = { feed: undefined, loading: true, loadingOlder: false, problem: undefined };
  readonly #listeners = new Set<() => void>();
  readonly #world: World;
  readonly #flushSoon: () => void;
  #view: View | undefined;
  #turn = 0;
  #stop = () => {};
  #queue: BoardEventFragment[] = [];
  #meanwhile: BoardEventFragment[] | undefined;
  #lostAt: number | undefined;
  #away: Away | undefined;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  /** When the first missed event came. */
  #catchingUpSince: number | undefined;

  constructor(world: World) {
    this.#world = world;
    this.#flushSoon = world.perFrame(() => this.#flush());
  }

  readonly read = (): Board => this.#board;

  readonly onChange = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Show the first orders of this view, and follow them from there. */
  async load(view: View | undefined = this.#view): Promise<void> {
    if (!view) return;
    const turn = this.#begin();
    this.#view = view;
    this.#set({ loading: true, loadingOlder: false, problem: undefined });
    const { filter, sort, articles } = view;
    const where = whereOf(filter, articles);
    const { data, error } = await this.#world.page({ where, sortBy: sort, first: PAGE_SIZE, counted: true });
    if (turn !== this.#turn) return;
    if (!data) return this.#set({ loading: false, problem: error ? troubleOf(error) : { kind: "unanswered", reason: "" } });
    this.#set({ loading: false, feed: fromPage(data.orders, filter, sort) });
    this.#stop = this.#world.follow({ after: data.orders.eventCursor, where }, this.#follower(turn));
  }

  async loadOlder(): Promise<void> {
    const { feed, loading, loadingOlder } = this.#board;
    if (!feed?.older || loading || loadingOlder) return;
    const turn = this.#turn;
    this.#meanwhile = [];
    this.#set({ loadingOlder: true });
    const { data } = await this.#world.page({ where: whereOf(feed.filter, this.#view?.articles), sortBy: feed.sort, first: OLDER_SIZE, after: feed.older, counted: false });
    if (turn !== this.#turn) return;
    this.#flush();
    const meanwhile = this.#meanwhile;
    this.#meanwhile = undefined;
    const { feed: now } = this.#board;
    this.#set({ loadingOlder: false, ...(data && now && { feed: withOlder(now, data.orders, meanwhile) }) });
  }

  /** The connection was opened or lost. */
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
    return ++this.#turn;
  }

  #follower(turn: number): Follower<BoardEventFragment> {
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
        this.#world.reloaded();
        void this.load();
      }),
      failed: (message, code) => mine(() => this.#set({ problem: troubleOf({ graphQLErrors: [{ message, extensions: { code } }] }) }))(),
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
    this.#catchingUpSince = undefined;
    this.#waitForQuiet(NOTHING_MISSED_MS);
  }

  #count(away: Away, events: readonly BoardEventFragment[]): void {
    const now = performance.now();
    this.#catchingUpSince ??= now;
    this.#away = countAway(away, events);
    if (this.#away.over) this.#caughtUp();
    else if (now - this.#catchingUpSince < CATCH_UP_WITHIN_MS) this.#waitForQuiet(CAUGHT_UP_MS);
    else {
      this.#world.caughtUp({ ...this.#away, more: true });
      void this.load();
    }
  }

  #waitForQuiet(milliseconds: number): void {
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#caughtUp(), milliseconds);
  }

  #caughtUp(): void {
    clearTimeout(this.#quiet);
    if (this.#away) this.#world.caughtUp(this.#away);
    this.#away = undefined;
  }

  #set(change: Partial<Board>): void {
    this.#board = { ...this.#board, ...change };
    for (const listener of this.#listeners) listener();
  }
}
