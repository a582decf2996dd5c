import { besides, takeIn } from "../../src/idle/fold.ts";
import { judge } from "../../src/idle/judge.ts";
import type { Minute } from "../../src/idle/minute.ts";
import type { DeviceReading, Sample } from "../../src/idle/reading.ts";
import type { Seen } from "./right.ts";
import type { Happening, State, Trace } from "./trace.ts";

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const sampleEveryMs = 15 * secondMs;
const settleMs = 15 * minuteMs;

/**
 * Plays a trace as the bot would live through it: a sample every 15 s, each taken in, each minute that is over written down,
 * a judgement once a minute. `day`: what its 00:00 is. `phaseMs`: how long after a full quarter minute samples are taken.
 */
export function replay(trace: Trace, { day, phaseMs }: { day: Date; phaseMs: number }): Seen[] {
  const life = lifeOf(trace);
  const written: Minute[] = [];
  const seen: Seen[] = [];
  let kept: readonly Sample[] = [];
  let isThere = true;
  let settledAtMs = Number.NEGATIVE_INFINITY;
  let lookedAtMs = Number.NEGATIVE_INFINITY;
  let ticks = 0;
  const endMs = trace.stretches.at(-1)!.toMs;
  for (let atMs = trace.stretches[0]!.fromMs + phaseMs; atMs < endMs; atMs += sampleEveryMs) {
    const { state, happened, sample, now, startedAt, keptAt } = life.at(atMs, day);
    for (const { what, atMs: ms } of happened) {
      const isJump = typeof what === "object" && Math.abs(what.clockByMs) > minuteMs;
      if (what === "bot restart" || isJump) settledAtMs = ms + settleMs;
      if (what === "bot restart") kept = [];
    }
    if (state.looks === "bot away") {
      isThere = false;
      kept = [];
      continue;
    }
    if (!isThere) settledAtMs = atMs - (atMs % minuteMs) + settleMs;
    isThere = true;
    if (state.looks === "all the time") {
      lookedAtMs = atMs;
      const taken = takeIn(kept, sample);
      kept = taken.kept;
      if (taken.done) writeDown(written, taken.done);
    }
    ticks += 1;
    if (ticks % 4 !== 0) continue;
    const judgement = judge(written, {
      now,
      startedAt,
      idleTimeoutHours: trace.idleTimeoutHours,
      keptAt,
      isExempt: false,
      isSettled: atMs >= settledAtMs && atMs - lookedAtMs <= 6 * minuteMs,
    });
    seen.push({
      atMs,
      is: judgement.is,
      isFree: judgement.isReclaimable,
      sinceMs: judgement.is === "idle" ? judgement.since.getTime() - now.getTime() + atMs : undefined,
    });
  }
  return seen;
}

/** As the ledger will: a minute that was written down before is replaced, and none lies ahead of the newest. */
function writeDown(written: Minute[], minute: Minute): void {
  const beside = besides(written.at(-1)?.at, minute);
  while (written.length > 0 && written.at(-1)!.at >= minute.at) written.pop();
  written.push(beside);
}

/** What the machine's files would show as time goes by; asked for later and later instants. */
function lifeOf(trace: Trace) {
  let doneMs = trace.stretches[0]!.fromMs;
  let stretch = 0;
  let cpuSeconds = 0;
  let netBytes = 0;
  let lives = 1;
  let clockByMs = 0;
  let samples = 0;
  let startedAtMs = trace.startedAtMs;
  let keptAtMs: number | undefined;
  let typedAtMs: number | undefined;
  const coming = [...trace.happenings].sort((a, b) => a.atMs - b.atMs);

  function stateAt(ms: number): State {
    while (trace.stretches[stretch]!.toMs <= ms) stretch += 1;
    const { fromMs, turns } = trace.stretches[stretch]!;
    const round = turns.reduce((sum, { forMs }) => sum + forMs, 0);
    let into = Number.isFinite(round) ? (ms - fromMs) % round : 0;
    return turns.find(({ forMs }) => {
      into -= forMs;
      return into < 0;
    })!.state;
  }

  function goOn(): void {
    const state = stateAt(doneMs);
    cpuSeconds += state.cpuCores;
    netBytes += (state.netMiBPerMinute * 1024 ** 2) / 60;
    if (state.isTyping) typedAtMs = doneMs + clockByMs;
    doneMs += secondMs;
  }

  function happen({ atMs, what }: Happening): void {
    if (typeof what === "object") clockByMs += what.clockByMs;
    if (what === "Keep") keptAtMs = atMs + clockByMs;
    if (what !== "restart") return;
    lives += 1;
    [cpuSeconds, netBytes, typedAtMs] = [0, 0, undefined];
    startedAtMs = atMs + clockByMs;
  }

  return {
    at(atMs: number, day: Date) {
      const happened: Happening[] = [];
      for (; doneMs < atMs; goOn()) {
        while (coming[0] && coming[0].atMs <= doneMs) {
          happened.push(coming[0]);
          happen(coming.shift()!);
        }
      }
      const state = stateAt(atMs);
      samples += 1;
      const instant = (ms: number) => new Date(day.getTime() + ms);
      const now = instant(atMs + clockByMs);
      const sample: Sample = {
        at: now,
        monotonicMs: atMs,
        life: `life ${lives}`,
        devices: devicesOf(trace, state, { cpuSeconds: processSeconds(), odd: samples % 2 }),
        cpuSeconds: state.fails.includes("cpu") ? undefined : cpuSeconds,
        netBytes: state.fails.includes("net") ? undefined : netBytes,
        memoryBytes: undefined,
        inputAt: typedAtMs === undefined ? undefined : instant(typedAtMs),
      };
      const keptAt = keptAtMs === undefined ? undefined : instant(keptAtMs);
      return { state, happened, sample, now, startedAt: instant(startedAtMs), keptAt };

      function processSeconds(): number {
        return (state.processCores ?? 0) * (atMs / secondMs);
      }
    },
  };
}

function devicesOf(
  { holds }: Trace,
  { gpuPercent, gpuMemoryMiB, fails, processCores, processMemoryMoves }: State,
  { cpuSeconds, odd }: { cpuSeconds: number; odd: number },
): DeviceReading[] {
  const failed = fails.includes("gpu");
  if (holds === "slice") {
    const memoryMiB = gpuMemoryMiB + odd * processMemoryMoves;
    const processes = processCores === undefined ? [] : [{ pid: 4711, memoryMiB, cpuSeconds }];
    return [
      {
        id: "MIG-1",
        is: "slice",
        memoryMiB: failed ? undefined : memoryMiB,
        processes: failed ? undefined : processes,
      },
    ];
  }
  const count = { nothing: 0, "1 GPU": 1, "2 GPUs": 2 }[holds];
  return Array.from({ length: count }, (_, i) => ({
    id: `GPU-${i}`,
    is: "whole",
    memoryMiB: failed ? undefined : gpuMemoryMiB,
    usePercent: failed ? undefined : gpuPercent[i],
  }));
}
