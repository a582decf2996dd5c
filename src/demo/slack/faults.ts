/** What shall go wrong. Nothing goes wrong by itself. */
export type Fault = {
  /** `{ok: false, error}` with HTTP 200. */
  error?: string;
  /** Another HTTP status than 200, with an empty body. */
  status?: number;
  /** HTTP 429 with this `Retry-After`. */
  retryAfterSeconds?: number;
  /** The connection is cut instead of an answer. */
  cut?: boolean;
  /** The answer comes that much later (alone: a slow but right answer). */
  delayMs?: number;
  /** The call takes effect first, and only its answer is lost or changed. Without it nothing happens. */
  afterEffect?: boolean;
  /** How many calls it strikes; 1 if left out. */
  times?: number;
  /** Only calls with arguments like these. */
  when?: (args: Record<string, unknown>) => boolean;
};

export type Faults = {
  /** The next calls of this method (`*`: of any; `response_url`: posts to a response_url) go wrong. Several wait in line. */
  next(method: string, fault: Fault): void;
  /** Nothing goes wrong any more; also ends `away`. */
  clear(): void;
  /** Slack is away: sockets are cut and every connection of the app is refused until `false`. */
  away(isAway: boolean): void;
  /** Cuts the app's sockets without a word. */
  dropSockets(): void;
  /** Slack's ordinary refresh: tells each socket to reconnect (`warning` first, if asked). */
  refreshSockets(reason?: "refresh_requested" | "warning"): void;
  /** The next deliveries each arrive twice, with one envelope id. */
  deliverTwice(times: number): void;
  /** The last delivery once more, as a retry of Slack's. */
  redeliverLast(): void;
  readonly isAway: boolean;
  /** For the simulator: the fault that strikes this call, used up by asking. */
  strike(method: string, args: Record<string, unknown>): Fault | undefined;
  /** For the simulator: whether this delivery goes out twice, used up by asking. */
  strikeTwice(): boolean;
  /** For the simulator: who carries out what concerns sockets. */
  readonly sockets: { drop(): void; refresh(reason: string): void; redeliver(): void };
};

export function makeFaults(): Faults {
  const waiting: { method: string; fault: Fault; left: number }[] = [];
  let away = false;
  let twice = 0;
  const sockets: Faults["sockets"] = { drop() {}, refresh() {}, redeliver() {} };
  return {
    sockets,
    get isAway() {
      return away;
    },
    next(method, fault) {
      waiting.push({ method, fault, left: fault.times ?? 1 });
    },
    clear() {
      waiting.length = 0;
      twice = 0;
      away = false;
    },
    away(isAway) {
      away = isAway;
      if (isAway) sockets.drop();
    },
    dropSockets: () => sockets.drop(),
    refreshSockets: (reason = "refresh_requested") => sockets.refresh(reason),
    deliverTwice(times) {
      twice += times;
    },
    redeliverLast: () => sockets.redeliver(),
    strike(method, args) {
      const index = waiting.findIndex(
        (w) => (w.method === "*" || w.method === method) && (w.fault.when?.(args) ?? true),
      );
      const found = waiting[index];
      if (!found) return undefined;
      found.left -= 1;
      if (found.left <= 0) waiting.splice(index, 1);
      return found.fault;
    },
    strikeTwice() {
      if (twice === 0) return false;
      twice -= 1;
      return true;
    },
  };
}
