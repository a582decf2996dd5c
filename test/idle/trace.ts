/**
 * A trace: what went on in a container, as a person would tell it, and beside it what is right to think of that.
 *
 * A line is a stretch of time and what is so in it: `08:00–08:40 trains: gpu 95, cpu 1.2, 30 GB`. What is not named is zero.
 * Hours go on beyond a day (`32:00` is eight in the morning of the next). What stands before a colon is for the reader.
 * - `gpu 95` percent of its GPU, `gpu 95/0` of two, `?` where it is not told · `30 GB` held on each GPU · `cpu 1.2` cores · `net 300` MiB a minute · `typing`
 * - on a slice: `process 0.9` a process computes there and uses so many cores · `±200` its GPU memory moves by so many MiB
 * - `no gpu`, `no cpu`, `no net`: that reading fails · `no reading`: all do · `no samples`: nobody looked · `bot away`: as that,
 *   and then the bot starts
 * - `3 min (gpu 95) then 20 s (cpu 0.1)`: in turns, again and again
 * A line with one instant is something that happens: `12:00 Keep`, `restart` (of the container), `bot restart`, `clock +60 min`
 * (or `-60`; the lines go on in the hours of somebody who did not set their watch).
 */
export type Trace = {
  name: string;
  /** Why this verdict is the right one. */
  why: string;
  holds: Holds;
  idleTimeoutHours: number;
  startedAtMs: number;
  stretches: readonly Stretch[];
  happenings: readonly Happening[];
  right: Right;
};

export type Holds = "nothing" | "1 GPU" | "2 GPUs" | "slice";

/** From `fromMs` on, by an even clock; `turns` go round until `toMs`. */
export type Stretch = { fromMs: number; toMs: number; turns: readonly Turn[] };
export type Turn = { forMs: number; state: State };
export type State = {
  /** Of each GPU; undefined: not told. */
  gpuPercent: readonly (number | undefined)[];
  gpuMemoryMiB: number;
  cpuCores: number;
  netMiBPerMinute: number;
  isTyping: boolean;
  /** Cores that the process on the slice uses; undefined: none computes there. */
  processCores: number | undefined;
  /** By so much its memory is more in every second reading. */
  processMemoryMoves: number;
  fails: readonly ("gpu" | "cpu" | "net")[];
  looks: "all the time" | "nobody" | "bot away";
};
export type Happening = { atMs: number; what: "restart" | "bot restart" | "Keep" | { clockByMs: number } };

/** When it is to be free on demand, since when idle, and when nothing is to be thought of it at all. */
export type Right = {
  free: readonly { fromMs: number; toMs: number; sinceMs: number }[];
  unknown: readonly { fromMs: number; toMs: number }[];
};

export type Told = {
  name: string;
  why: string;
  holds?: Holds;
  idleTimeoutHours?: number;
  /** Else it began with the first line. */
  started?: string;
  lines: string;
  /** `never`, or `10:08–14:00 since 09:08`, several with `;` between them. Without `since`: a timeout before. */
  free: string;
  unknown?: string;
};

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** Throws with the line that can't be read, or that does not go on where the one before it ended. */
export function trace(told: Told): Trace {
  const stretches: Stretch[] = [];
  const happenings: Happening[] = [];
  for (const line of told.lines.split("\n").map((text) => text.trim())) {
    if (line === "") continue;
    const span = /^([\d:]+)–([\d:]+)\s+(?:[^:(]*:\s+)?(.+)$/.exec(line);
    const instant = /^([\d:]+)\s+(.+)$/.exec(line);
    if (span) {
      const stretch = { fromMs: ms(span[1]!), toMs: ms(span[2]!), turns: turnsOf(span[3]!, line) };
      const before = stretches.at(-1)?.toMs ?? stretch.fromMs;
      if (stretch.fromMs !== before || stretch.toMs <= before)
        throw new Error(`${told.name}: “${line}” does not go on where the line before it ended`);
      stretches.push(stretch);
    } else if (instant) happenings.push({ atMs: ms(instant[1]!), what: happeningOf(instant[2]!, line) });
    else throw new Error(`${told.name}: “${line}” says neither what was so nor what happened`);
  }
  const idleTimeoutHours = told.idleTimeoutHours ?? 1;
  return {
    name: told.name,
    why: told.why,
    holds: told.holds ?? "1 GPU",
    idleTimeoutHours,
    startedAtMs: told.started ? ms(told.started) : stretches[0]!.fromMs,
    stretches,
    happenings,
    right: {
      free: spans(told.free).map(({ since, ...span }) => ({
        ...span,
        sinceMs: since ?? span.fromMs - idleTimeoutHours * hourMs,
      })),
      unknown: spans(told.unknown ?? "never"),
    },
  };
}

const nothing: State = {
  gpuPercent: [0, 0],
  gpuMemoryMiB: 0,
  cpuCores: 0,
  netMiBPerMinute: 0,
  isTyping: false,
  processCores: undefined,
  processMemoryMoves: 0,
  fails: [],
  looks: "all the time",
};

function turnsOf(text: string, line: string): Turn[] {
  const turn = /(\d+) (s|min|h) \(([^)]*)\)/g;
  if (!text.includes("(")) return [{ forMs: Number.POSITIVE_INFINITY, state: stateOf(text, line) }];
  const left = text.replace(turn, "").replaceAll("then", "").trim();
  if (left !== "") throw new Error(`“${line}”: what is “${left}”?`);
  return [...text.matchAll(turn)].map(([, count, unit, state]) => ({
    forMs: Number(count) * { s: 1000, min: minuteMs, h: hourMs }[unit as "s" | "min" | "h"],
    state: stateOf(state!, line),
  }));
}

function stateOf(text: string, line: string): State {
  let state = nothing;
  for (const words of text.split(", ")) state = { ...state, ...wordsOf(words, state, line) };
  return state;
}

function wordsOf(words: string, before: State, line: string): Partial<State> {
  const number = Number(/[\d.]+/.exec(words)?.[0]);
  if (words === "nothing") return {};
  if (words === "typing") return { isTyping: true };
  if (words === "no samples") return { looks: "nobody" };
  if (words === "bot away") return { looks: "bot away" };
  if (words === "no reading") return { fails: ["gpu", "cpu", "net"] };
  if (/^no (gpu|cpu|net)$/.test(words)) return { fails: [...before.fails, words.slice(3) as "gpu"] };
  if (/^gpu [\d/?]+$/.test(words))
    return {
      gpuPercent: words
        .slice(4)
        .split("/")
        .map((percent) => (percent === "?" ? undefined : Number(percent))),
    };
  if (/^[\d.]+ GB$/.test(words)) return { gpuMemoryMiB: number * 1024 };
  if (/^cpu [\d.]+$/.test(words)) return { cpuCores: number };
  if (/^net [\d.]+$/.test(words)) return { netMiBPerMinute: number };
  if (/^process [\d.]+$/.test(words)) return { processCores: number };
  if (/^±\d+$/.test(words)) return { processMemoryMoves: number };
  throw new Error(`“${line}”: what is “${words}”?`);
}

function happeningOf(words: string, line: string): Happening["what"] {
  if (words === "restart" || words === "bot restart" || words === "Keep") return words;
  const clock = /^clock ([+-][\d.]+) min$/.exec(words);
  if (clock) return { clockByMs: Number(clock[1]) * minuteMs };
  throw new Error(`“${line}”: what is “${words}”?`);
}

function spans(text: string): { fromMs: number; toMs: number; since: number | undefined }[] {
  if (text === "never") return [];
  return text.split("; ").map((one) => {
    const read = /^([\d:]+)–([\d:]+)(?: since ([\d:]+))?$/.exec(one);
    if (!read) throw new Error(`“${one}” is no stretch of time`);
    return { fromMs: ms(read[1]!), toMs: ms(read[2]!), since: read[3] ? ms(read[3]) : undefined };
  });
}

/** `26:00` and `08:12:30` too. */
function ms(time: string): number {
  const [hours = 0, minutes = 0, seconds = 0] = time.split(":").map(Number);
  return hours * hourMs + minutes * minuteMs + seconds * 1000;
}
