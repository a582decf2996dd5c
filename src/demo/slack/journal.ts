/** What went over the wire, in order; tests read it, nothing decides by it. */
type JournalEntry = CallEntry | DeliveryEntry | RespondEntry | ComplaintEntry;

export type CallEntry = {
  kind: "call";
  seq: number;
  atMs: number;
  method: string;
  args: Record<string, unknown>;
  /** The HTTP status; 0 if the connection was cut. */
  status: number;
  answer: Record<string, unknown>;
};

export type DeliveryEntry = {
  kind: "delivery";
  seq: number;
  atMs: number;
  type: "slash_commands" | "interactive" | "events_api";
  envelopeId: string;
  payload: Record<string, unknown>;
  retryAttempt: number;
  outcome: "waiting" | "acked" | "operation_timeout" | "dispatch_failed";
  /** What the app acknowledged with. */
  ack?: unknown;
  ackMs?: number;
};

export type RespondEntry = {
  kind: "respond";
  seq: number;
  atMs: number;
  url: string;
  body: unknown;
  status: number;
  answer: string;
};

/** Something the app did that real Slack lets pass unseen or punishes where the app can't see it. */
type ComplaintEntry = { kind: "complaint"; seq: number; atMs: number; text: string };

type Fresh<E> = E extends JournalEntry ? Omit<E, "seq" | "atMs"> : never;

export type Journal = {
  readonly entries: JournalEntry[];
  /** Adds an entry and answers it; the caller may complete it later. */
  add<E extends Fresh<JournalEntry>>(entry: E): E & { seq: number; atMs: number };
  complain(text: string): void;
  calls(method?: string): CallEntry[];
  deliveries(type?: DeliveryEntry["type"]): DeliveryEntry[];
  responds(): RespondEntry[];
  complaints(): string[];
};

export function openJournal(now: () => number, most: number): Journal {
  const entries: JournalEntry[] = [];
  let seq = 0;
  const journal: Journal = {
    entries,
    add(entry) {
      seq += 1;
      const added = Object.assign(entry, { seq, atMs: now() });
      entries.push(added as unknown as JournalEntry);
      if (entries.length > most * 1.1) entries.splice(0, entries.length - most);
      return added;
    },
    complain: (text) => void journal.add({ kind: "complaint", text }),
    calls: (method) =>
      entries.filter(
        (e): e is CallEntry => e.kind === "call" && (method === undefined || e.method === method),
      ),
    deliveries: (type) =>
      entries.filter(
        (e): e is DeliveryEntry => e.kind === "delivery" && (type === undefined || e.type === type),
      ),
    responds: () => entries.filter((e): e is RespondEntry => e.kind === "respond"),
    complaints: () => entries.filter((e): e is ComplaintEntry => e.kind === "complaint").map((e) => e.text),
  };
  return journal;
}
