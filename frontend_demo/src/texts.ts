/** Every English text of the pages: a section for each area of the app, in the order in which one meets them. */
import type { BoardOrderFragment, DeliveryStatus, EffectKind, FaultMode, OrderEventType, OrderStatus, Plug, ProcessingStatus, ReceiverKind, StatsWindow } from "./api/generated";
import type { Connection } from "./api/live";
import type { Trouble } from "./api/trouble";
import type { Theme } from "./app/theme";
import type { Away } from "./board/away";

const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`;

export const graphiqlTexts = {
  siteNavigation: "Order System",
  home: "← Order System",
  restDocs: "REST docs",
  goesOn: (title: string, received: number) => `${title} goes on in its tab: ${count(received, "event", "events")} so far.`,
};

export const texts = {
  // --- The shell: src/app/ ---
  title: "Order System",
  skip: "Skip to the page",
  navigation: "Pages",
  views: {
    board: "Board",
    import: "Import",
    lab: "Signal lab",
    unknown: "No such page",
    unknownHint: "Nothing lives at this address. The navigation above leads to what there is.",
  },
  elsewhere: [
    ["/graphql/", "GraphiQL"],
    ["/api/docs/", "REST"],
    ["/admin/", "Admin"],
  ],
  actingAs: (actor: string, tenant: string) => `${actor} at ${tenant}`,
  connection: {
    connecting: "Connecting",
    live: "Live",
    lost: "Connection lost, trying again",
    failed: "Not live",
  } satisfies Record<Connection, string>,
  connectNow: "Try now",
  theme: (theme: Theme) => ({ system: "Colours: as the system", light: "Colours: light", dark: "Colours: dark" })[theme],
  loading: "Loading …",
  close: "Close",
  dismiss: "Dismiss this message",
  inGraphiQL: "Open in GraphiQL:",
  problem: {
    page: "This page stopped",
    heading: "The board can't go on",
    reload: "Load it again",
    retry: "Try again",
    signIn: "Sign in",
  },

  // --- The live board: src/board/ ---
  board: {
    title: "Orders",
    thisPage: "this page",
    thisFeed: "what happens live",
    theseNumbers: "these numbers",
    loadedAnew: "This page was away for longer than the server remembers, so it was loaded anew.",
    caughtUp: ({ placed, changes, more }: Pick<Away, "placed" | "changes" | "more">) => {
      const missed = [placed.size && count(placed.size, "order", "orders"), changes && count(changes, "change", "changes")].filter(Boolean).join(" and ");
      if (!missed) return "Back: nothing happened while you were away.";
      return `Caught up: ${more ? "more than " : ""}${missed} while you were away.`;
    },
  },
  orders: {
    heading: "Newest orders",
    arrived: (number: number) => (number ? `${count(number, "order", "orders")} arrived since you opened this page` : "New ones appear on top by themselves"),
    arrivedAloud: (number: number, { number: newest, customerName }: Pick<BoardOrderFragment, "number" | "customerName">) =>
      number === 1 ? `Order ${newest} of ${customerName || "somebody"} arrived.` : `${number} orders arrived; the newest is ${newest} of ${customerName || "somebody"}.`,
    unseen: (number: number) => `↑ ${count(number, "new order", "new orders")}`,
    loading: "Loading the orders …",
    empty: "There is no order yet.",
    placeFirst: "Place the first one",
    noMatch: "No order matches.",
    noMatchHint: "One that comes to match appears here by itself.",
    lines: (names: readonly string[]) => names.join(", ") || "No lines",
    unnamed: "Without a name",
  },
  filter: {
    text: "Search",
    textHint: "Search number, name, e-mail …  ( / )",
    statuses: "Status",
    currency: "Currency",
    anyCurrency: "Any currency",
    least: "Minimum total",
    leastProblem: "A decimal number, such as 12.50",
    clear: "Clear the filters",
  },
  numbers: {
    heading: "In numbers",
    window: "How far back",
    windows: { HOUR: "Hour", DAY: "Day", WEEK: "Week" } satisfies Record<StatsWindow, string>,
    orders: { HOUR: "Orders per minute, last hour", DAY: "Orders per 15 minutes, last day", WEEK: "Orders per 2 hours, last week" } satisfies Record<StatsWindow, string>,
    ordersChart: (most: number) => `Bars: how many orders came in each interval, at most ${most}.`,
    revenue: "Revenue by currency",
    noRevenue: "None in this time.",
    revenueChart: (currency: string) => `Line: revenue in ${currency} over the time.`,
    states: "Where these orders stand",
    latency: "From commit to this screen",
    latencyChart: "Lines: median and 95th percentile, second by second.",
    latencyHint: (events: number) => (events ? `${count(events, "event", "events")}, last minute` : "at the next event"),
    noChart: "The chart can't be loaded at the moment.",
    milliseconds: (value: string) => `${value} ms`,
  },

  // --- What an order is, anywhere ---
  status: { NEW: "New", PAID: "Paid", SHIPPED: "Shipped", DELIVERED: "Delivered", CANCELLED: "Cancelled" } satisfies Record<OrderStatus, string>,
  processing: { PENDING: "Waits for processing", RUNNING: "Being processed", DONE: "Processed", FAILED: "Processing failed" } satisfies Record<ProcessingStatus, string>,

  eventType: {
    ORDER_CREATED: "placed",
    ORDER_PAID: "paid",
    ORDER_SHIPPED: "shipped",
    ORDER_DELIVERED: "delivered",
    ORDER_CANCELLED: "cancelled",
    ORDER_PROCESSING: "worked on",
    ORDER_CHANGED_OUT_OF_BAND: "changed in the database, past the API",
  } satisfies Record<OrderEventType, string>,
  receiver: { audit: "Audit record", notifications: "Mail to the customer", processing: "Background work", subscriptions: "Live subscribers" } as Readonly<Record<string, string>>,
  delivery: { PENDING: "waits", RUNNING: "at work", RETRYING: "failed, tried again", SUCCEEDED: "done", DEAD: "dead letter", SKIPPED: "skipped" } satisfies Record<DeliveryStatus, string>,

  // --- One order's drawer: src/order/ ---
  order: {
    title: (number: string) => `Order ${number}`,
    unknown: "There is no such order",
    unknownHint: (number: string) => `Nobody here knows an order ${number}. Its number may be mistyped, or it belongs to another tenant.`,
    failed: "The order could not be read",
    customer: "Customer",
    noCustomer: "Nobody is named",
    reference: "Your reference",
    placed: "Placed",
    total: "Total",
    invoice: "Invoice (PDF)",
    invoiceLater: "The invoice comes with the background work.",
    lines: "What was ordered",
    bareTotal: "No lines: a bare total was given.",
    pieces: (quantity: number, price: string) => `${quantity} × ${price}`,
    metadata: "Metadata",
    thisPage: "this drawer's query",

    because: "What happened because of it",
    becauseOf: (what: string) => `Because it was ${what}`,
    segment: { wait: "waits", work: "at work", failed: "failed", next: "waits for its next attempt" },
    logAxis: "The time axis is logarithmic.",
    writtenLater: (time: string) => `It was written down ${time} after it happened (demo data, or an import). The picture begins with the writing.`,
    again: (time: string) => `opened again ${time} after the event`,
    request: "Request of this page",
    requestNote: "asked and answered",
    commit: "Committed and numbered",
    commitNote: "order and event in one transaction, then a place in the log",
    screen: "On this screen",
    screenNote: "told over the subscription",
    unseen: "This page was not open yet when it was told live.",
    step: { check_risk: "Risk check", issue_invoice: "Invoice issued", confirm: "Confirmed" } as Readonly<Record<string, string>>,
    tries: (attempts: number, most: number | null) => (most === null ? `attempt ${attempts}` : `attempt ${attempts} of ${most}`),
    nextTry: (time: string) => `next in ${time}`,
    readMail: "Read the mail",
    retry: "Try again",
    retried: "It is tried again.",

    history: "History",
    by: (actor: string) => `by ${actor}`,
    worked: (steps: readonly string[]) => `Background work: ${steps.join(", ")}`,
    risks: (codes: readonly string[]) => `Worth a second look: ${codes.map((code) => code.toLowerCase().replaceAll("_", " ")).join(", ")}`,
    nothingBefore: "nothing",

    trail: "Audit trail",
    noTrail: "You may not read the audit trail: it needs the scope audit:read.",
    noRecords: "No record yet. The audit receiver writes them; if it is off or broken, they come later.",
    position: (position: string) => `Record ${position}`,
    checking: "Checking the chain …",
    intact: (records: number) => `Chain intact: ${count(records, "record", "records")} checked`,
    broken: (position: string) => `The chain is broken at record ${position}`,
    checkAll: "Check the whole chain",
    chainHint: "Each record holds the hash of the one before. Checked here: this order's records and all between them.",
  },

  // --- Placing orders: src/place/ ---
  place: {
    open: "New order",
    heading: "Place an order",
    field: { customerName: "Customer's name", customerEmail: "Customer's e-mail", externalReference: "Your reference", currency: "Currency", total: "Total" },
    what: "What is ordered",
    by: { lines: "Line by line", total: "A total alone" },
    line: { sku: "Article number", name: "Description", quantity: "Quantity", unitPrice: "Unit price" },
    lineNumber: (number: number) => `Line ${number}`,
    addLine: "Add a line",
    removeLine: (number: number) => `Remove line ${number}`,
    total: "Total",
    sample: "Fill in a sample",
    button: "Place the order",
    placing: "Placing …",
    again: "Send it again",
    onItsWay: "…",
    placed: (number: string) => `Order ${number} is placed.`,
    wrong: (number: number) => `Nothing was placed yet: ${number === 1 ? "one field needs" : `${number} fields need`} another look.`,
    unsure: "This order was sent, and no answer came. Send it again: if it was placed already, it stays one order.",
    earlierWasPlaced: "The order as you sent it first was placed already; it is on the board. What is in the form now is another one: send it again to place it too.",
  },

  // --- Moving orders: src/move/ ---
  move: {
    group: (number: string) => `What to do with order ${number}`,
    button: { PAID: "Mark as paid", SHIPPED: "Ship", DELIVERED: "Mark as delivered", CANCELLED: "Cancel order" },
    sending: { PAID: "Marking as paid …", SHIPPED: "Shipping …", DELIVERED: "Marking as delivered …", CANCELLED: "Cancelling …" },
    nothing: { NEW: "", PAID: "", SHIPPED: "", DELIVERED: "Delivered: nothing is left to do.", CANCELLED: "Cancelled: nothing is left to do." } satisfies Record<OrderStatus, string>,
    moved: (number: string, status: OrderStatus) => `Order ${number} is ${texts.status[status].toLowerCase()}.`,
    refused: (messages: readonly string[]) => `Not done: ${messages.join(" ")}`,
    again: "Try again",
    dismiss: "Leave it",
    back: "Back",
    ship: {
      heading: (number: string) => `Ship order ${number}`,
      trackingCode: "Tracking code",
      hint: "If the carrier gave you one. The customer gets it by mail.",
      confirm: "Ship it",
    },
    cancel: {
      heading: (number: string) => `Cancel order ${number}?`,
      warning: "A cancelled order stays cancelled. The customer is told by mail.",
      reason: "Reason",
      hint: "If you want to give one. The customer reads it.",
      keep: "Keep the order",
      confirm: "Cancel the order",
    },
    stale: {
      heading: (number: string) => `Order ${number} has changed`,
      explanation: (saw: number, now: number) => `You saw version ${saw}; somebody has changed it since, and it is at version ${now}. Nothing was done.`,
      isNow: "It is now",
      youWanted: "You wanted",
      impossible: (now: string, wanted: string) => `From “${now}” it can't become “${wanted}” any more.`,
      leave: "Leave it as it is",
      anyway: (action: string) => `${action} anyway`,
    },
  },

  // --- Importing a file: src/import/ ---
  import: {
    heading: "Import orders",
    lead: "Bring in many at once from a file, and see beforehand what is wrong with it.",
    thisMutation: "the import's mutation",
    drop: "Drop a CSV file here",
    choose: "Choose a file",
    safe: "Nothing is placed before you say so. The same file twice makes no order twice.",
    paste: "Or paste its rows",
    pasteHint: "reference,customer_name,sku,quantity,unit_price …",
    pastedName: "Pasted rows",
    readPasted: "Read these rows",
    reading: "Reading the file …",
    unreadable: "This file can't be read",
    formats: "What it can be",
    formatList: [
      ["Our own columns", "reference, customer_name, customer_email, currency, sku, name, quantity, unit_price: a row for each line of an order. Or reference and total alone."],
      ["Shopify's orders export", "As it comes out of the shop: several rows for an order, with shipping and taxes as lines of their own."],
    ],
    formatNames: { own: "Our own columns", shopify: "Shopify's orders export" },
    sample: "Download a sample file",
    comesTo: (name: string, format: string, rows: number, orders: number) => `${name ? `${name} · ` : ""}${format}: ${count(rows, "row", "rows")}, ${count(orders, "order", "orders")}`,
    count: { placed: "Placed", ready: "To place", there: "Already there", refused: "Not placed", wrong: "Can't be placed" },
    start: (ready: number, there: number) => (ready || !there ? `Place ${count(ready, "order", "orders")}` : "Look for what is missing"),
    startHint: "Each is placed as if it came in now: its customer gets a confirmation. Orders with problems are left out and named in the report.",
    pause: "Pause",
    goOn: "Go on",
    pausedHint: "What is placed stays placed. You can go on now, or drop the same file again another time: it goes on where it was.",
    leave: "Choose another file",
    another: "Import another file",
    report: "Download the report",
    toBoard: "Show the board",
    done: "The import is done",
    progress: {
      checking: (done: number, all: number) => `Checked ${done.toLocaleString("en")} of ${count(all, "order", "orders")}`,
      ready: () => "",
      running: (done: number, all: number) => `${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      paused: (done: number, all: number) => `Paused: ${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      stuck: (done: number, all: number) => `It can't go on: ${done.toLocaleString("en")} of ${count(all, "order", "orders")} done`,
      done: () => "",
    },
    waits: (trouble: Trouble) => (trouble.kind === "throttled" ? "The server asks for a pause. It goes on by itself." : "No answer. It is tried again by itself, and nothing is placed twice."),
    triesIn: (seconds: number) => (seconds ? `Next try in ${count(seconds, "second", "seconds")}.` : "Trying …"),
    orders: "Orders in this file",
    show: "Show",
    shown: { all: (number: number) => `All ${number.toLocaleString("en")}`, refused: (number: number) => `With problems: ${number.toLocaleString("en")}` },
    nothingWrong: "Nothing is wrong with any of them",
    state: { ready: "To place", there: "Already there", refused: "Not placed", placed: "Placed" },
    row: (range: string) => `Row ${range}`,
    rowColumn: (row: number, column: string | null) => (column === null ? `Row ${row}:` : `Row ${row}, ${column}:`),
    unnamed: "Without a reference",
    needsHttps: "Importing needs a page that came over https (or from this machine): without it, the browser can make no keys for the portions.",
    tooManyBytes: (mebibytes: number) => `The file has more than ${mebibytes} MiB. Split it.`,
    tooManyRows: (rows: number) => `The file has more than ${rows.toLocaleString("en")} rows. Split it.`,
    notText: "This is not a text file. Save the sheet as CSV, then drop that.",
    badQuotes: (row: number) => `The quotes in row ${row} are not closed, or stand in the middle of a value. A quote within quotes is written twice.`,
    empty: "The file is empty. Its first row holds the names of the columns.",
    noRows: "The file has a header and nothing under it.",
    unknownFormat: (header: readonly string[]) => `These columns are of no format that we know: ${header.join(", ")}.`,
    tooManyValues: (values: number, columns: number) => `Has ${values} values for ${columns} columns. A value with a delimiter in it, such as 12,50, needs quotes.`,
    noReference: "Must not be empty: it says which order the row belongs to, and has it placed once.",
    apart: (reference: string, row: number) => `Order ${reference} begins in row ${row} already. The rows of an order stand together.`,
    contradicts: (value: string, before: string) => `Says “${value}” where the order's rows before say “${before}”.`,
    notSold: (state: string) => `Was ${state} in the shop, so it is not placed.`,
    extraLines: "Shipping and taxes are lines of their own.",
    alreadyThere: "Another order has this reference.",
    bareTotal: "Its items don't add up to its total (a discount, perhaps). It is placed with the total alone; the items are kept in its metadata.",
  },

  // --- The signal lab: src/lab/ ---
  lab: {
    lead: "Receivers at work, live. Switch them off, break them, pull the plug: orders go on, and nothing is lost.",
    state: "this page's query",
    feed: "its subscription",
    failed: "The receivers could not be read",
    noTools: (mayOperate: boolean) => `You can ${mayOperate ? "switch receivers, and retry and replay what they did," : "watch"} here. Breaking receivers and pulling plugs is possible only in ./dev up, for its open demo.`,

    traffic: "Place orders",
    rate: (rate: number) => (rate ? `${rate} a second` : "None"),
    placed: (number: number) => `${count(number, "order", "orders")} placed from here`,
    notPlaced: (number: number) => `, ${number} not taken`,

    score: "Since you opened this page",
    lost: "lost",
    doubled: "doubled",
    waiting: "still to come",
    dead: "dead letters",
    counting: "Counting …",
    restart: "Count anew",
    scoreHint: "Counted from what is there: orders, events, audit records, finished work, mails by their Message-ID, and what this page was told. What waits or is dead is known to the ledger, so it is not lost.",
    effects: "What became of every effect",
    effect: {
      EVENT: "Event of each order",
      PLACE: "Place in the log",
      AUDIT_RECORD: "Audit record",
      PROCESSING: "Background work",
      MAIL: "Mail to the customer",
    } satisfies Record<EffectKind, string>,
    onThisPage: "Told to this page",
    columns: { effect: "Effect", expected: "should be", done: "done", waiting: "to come", dead: "dead", skipped: "skipped", lost: "lost", doubled: "doubled" },

    receivers: "Receivers",
    kind: { DIRECT: "in our database", QUEUED: "by the worker", LIVE: "live, at best" } satisfies Record<ReceiverKind, string>,
    switchName: (name: string) => `${name}: on or off`,
    on: "On",
    off: "Off",
    offForAll: "Operators have it off for everybody.",
    perMinute: "per minute",
    p95: "p95",
    lag: "lag",
    backlog: "waiting",
    retrying: "retrying",
    deadNow: "dead",
    none: "–",
    catchingUp: (left: number) => `Catching up: ${left} left`,
    delay: "commit to this page",
    toldHere: "told to this page",
    liveNote: "It has no deliveries: who is not rung reads the log, within two seconds.",
    teaches: {
      audit: "Writes a record in one transaction with its delivery: both are there, or neither. Switch it off, place orders, and look into one: no record yet, and the order is as good as any.",
      notifications: "Hands a task to the worker, which mails the customer. The Message-ID follows from event and receiver, so a repeat is the same mail.",
      processing: "Hands the slow work to the worker: risk check, invoice, confirmation. Each step may run twice and changes nothing the second time.",
      subscriptions: "Rings the live pages. Off, or its messages lost, they read what they lack from the log.",
    } as Readonly<Record<string, string>>,
    code: "Its code",
    breakIt: "Make it fail",
    mode: { ALWAYS: "always", EVERY_THIRD: "one time in three", NEXT: "the next" } satisfies Record<FaultMode, string>,
    howMany: "How many attempts fail",
    breakNow: "Break it",
    repair: "Repair it",
    isBroken: (mode: string, failed: number, attempts: number) => `Broken (${mode}): ${failed} of ${count(attempts, "attempt", "attempts")} failed`,
    nextLeft: (left: number) => `the next ${left}`,
    fourTries: "A broken receiver gives up after 4 attempts, not 10: about five seconds.",
    replay: "Replay since the start",
    retryDead: (number: number) => `Retry ${count(number, "dead letter", "dead letters")}`,
    letters: "Dead letters",
    letterHint: "Tried as often as allowed, then put aside. Nobody waits for them, and nothing is forgotten: repair the receiver, then retry.",
    letterAfter: (receiver: string, attempts: number) => `${receiver}, after ${count(attempts, "attempt", "attempts")}`,
    retryOne: (number: string) => `Retry order ${number}`,

    plugs: "Pull the plug",
    plug: {
      CHANNEL_LAYER: { name: "Live messages", does: "Drops every message to live pages. They read the log instead: a little later, each event once.", pull: "Drop them for 10 s", out: (seconds: number, dropped: number) => `Out for ${seconds} s more, ${count(dropped, "message", "messages")} dropped` },
      WORKER: { name: "The worker", does: "Takes no tasks: mails and background work wait in the ledger, and orders are taken as fast as before.", pull: "Stop it for 10 s", out: (seconds: number, _dropped: number) => `Stopped for ${seconds} s more` },
    } satisfies Record<Plug, object>,
    dropped: (messages: number) => `${count(messages, "message", "messages")} dropped since the start of the server`,
    notHere: "It is not in this process, so it can't be pulled here.",

    rules: "The handbook's rules, and where to see them",
    rule: [
      ["Optional", "An order is right without any receiver. Switch one off and place orders: they are taken all the same. On again, it catches up."],
      ["Idempotent", "Called twice, it has one effect. Replay a receiver: all is done again, and “doubled” stays at zero."],
      ["After commit", "It runs for what is committed and numbered, never for what may be rolled back. An order's drawer shows when."],
      ["Delegating", "One call to one service or task. Open a receiver's code: there is no room for more."],
      ["Never in charge", "Its failure is its own. Break one: the client sees no error, and the other receivers don't notice."],
    ],

    switched: (name: string, enabled: boolean) => `${name}: switched ${enabled ? "on" : "off"}.`,
    broken: (name: string) => `${name}: broken.`,
    repaired: (name: string) => `${name}: repaired.`,
    pulled: (name: string, seconds: number) => `${name}: out for ${seconds} s.`,
    replayed: (name: string, events: number) => `${name}: ${count(events, "event is", "events are")} handled again.`,
    retried: (number: number) => `${count(number, "dead letter is", "dead letters are")} tried again.`,
  },
};

/** What went wrong on the way, and what to do about it. */
export function troubleText(trouble: Trouble): string {
  switch (trouble.kind) {
    case "unanswered":
      return "No answer came, so nobody knows yet whether it was done. Trying again is safe: it is done once.";
    case "unavailable":
      return "The server can't do it at the moment. Trying again is safe: it is done once.";
    case "fault":
      return `Something went wrong in the server${trouble.requestId ? ` (request ${trouble.requestId})` : ""}. Trying again is safe: it is done once.`;
    case "throttled":
      return `Too many requests. Try again in ${count(Math.ceil(trouble.seconds), "second", "seconds")}.`;
    case "unauthenticated":
      return "You are not signed in any more. Sign in, then try again.";
    case "forbidden":
      return "You may look at orders here, but not place or change them.";
    case "refused":
      return trouble.message;
  }
}
