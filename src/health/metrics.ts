import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type Measures, measures } from "../ledger/queries/measures.ts";
import { outboxState } from "../ledger/queries/outbox.ts";
import type { World } from "../world.ts";
import { orAway } from "./or-away.ts";
import type { Vitals } from "./vitals.ts";

export type Metrics = {
  /** A round of a job is over. */
  noteRound(job: string, seconds: number, isFault: boolean): void;
  /** As Prometheus reads it. What the ledger would tell is left out while it does not answer. */
  page(world: World, vitals: Vitals): Promise<{ type: string; text: string }>;
};

const roundSeconds = [0.01, 0.1, 1, 10, 60];

/** Few, and each for a question: is it there, who waits, does what is said arrive, what is held, do its jobs work. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const rounds = new Histogram({
    name: "berth_job_round_seconds",
    help: "How long a round of a background job took.",
    labelNames: ["job"],
    buckets: roundSeconds,
    registers: [registry],
  });
  const faults = new Counter({
    name: "berth_job_faults_total",
    help: "Rounds of a background job that failed.",
    labelNames: ["job"],
    registers: [registry],
  });
  const told = toldMetrics(registry);
  return {
    noteRound(job, seconds, isFault) {
      rounds.observe({ job }, seconds);
      faults.inc({ job }, isFault ? 1 : 0);
    },
    async page(world, vitals) {
      const now = world.clock.now();
      const read = await orAway(world, async (tx) => ({
        ...(await measures(tx, now)),
        outbox: await outboxState(tx),
      }));
      told(vitals, read, now);
      return { type: registry.contentType, text: await registry.metrics() };
    },
  };
}

type Told = Measures & { outbox: Awaited<ReturnType<typeof outboxState>> };

/** Those that are set anew at each scrape. */
function toldMetrics(registry: Registry): (vitals: Vitals, read: Told | undefined, now: Date) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const active = gauge("berth_active", "1: this process is the active bot. 0: it stands by, or waits.");
  const slack = gauge("berth_slack_connected", "1: Slack can reach this process.");
  const ledger = gauge("berth_ledger_up", "1: the ledger answered this scrape.");
  const devices = gauge(
    "berth_devices",
    "GPUs and slices, by what they are: free, held, lost, quarantined, outside, unusable.",
    ["node", "state"],
  );
  const containers = gauge("berth_containers", "Living containers; those in the line are waiting.", [
    "state",
  ]);
  const longestWait = gauge("berth_longest_wait_seconds", "How long whoever waits longest has waited.");
  const heldGpus = gauge("berth_held_gpus", "GPU-equivalents that are held now.");
  const heldHours = new Counter({
    name: "berth_held_gpu_hours_total",
    help: "GPU-equivalent hours that were held since the ledger began.",
    registers,
  });
  const outbox = gauge("berth_outbox_messages", "Messages that wait for Slack, or were put aside.", [
    "state",
  ]);
  const outboxAge = gauge("berth_outbox_oldest_seconds", "Age of the oldest message that waits for Slack.");

  return ({ role, reach }, read, now) => {
    active.set(role === "active" ? 1 : 0);
    slack.set(reach?.().connectedSince ? 1 : 0);
    ledger.set(read ? 1 : 0);
    for (const one of [devices, containers, outbox]) one.reset();
    // A reset would set these to 0, which is a lie while nothing is known.
    for (const one of [longestWait, heldGpus, heldHours, outboxAge]) one.remove();
    if (!read) return;
    for (const { count, ...labels } of read.devices) devices.set(labels, count);
    for (const { count, ...labels } of read.containers) containers.set(labels, count);
    longestWait.set(read.longestWaitSeconds);
    heldGpus.set(read.heldGpus);
    heldHours.inc(read.heldGpuHours);
    outbox.set({ state: "waiting" }, read.outbox.waiting);
    outbox.set({ state: "aside" }, read.outbox.aside);
    outboxAge.set(read.outbox.oldest ? (now.getTime() - read.outbox.oldest.getTime()) / 1000 : 0);
  };
}
