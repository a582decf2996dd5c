import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pino } from "pino";
import { wallClock } from "../clock.ts";
import { minuteMs, minuteOf } from "../idle/between.ts";
import { signOf } from "../idle/minute.ts";
import { openLedger } from "../ledger/connect.ts";
import { startEmbedded } from "../ledger/embedded.ts";
import type { UseMinute } from "../ledger/idle-tables.ts";
import { containerViews } from "../ledger/queries/container-views.ts";
import { newestOfProject, updateContainer } from "../ledger/queries/containers.ts";
import { memberByHandle } from "../ledger/queries/members.ts";
import { writeMinutes } from "../ledger/queries/use.ts";
import { gpuSimulator } from "./gpus/simulator.ts";

/** So much it holds loaded, at work and at rest. */
const loadedMiB = 31 * 1024;
const workedHours = 4;
/** Rather longer than the demo's policy lets anything be idle. */
const restedMinutes = 75;
const writtenAfterMs = 2 * minuteMs + 30_000;

/**
 * Gives a running container of the demo in that folder hours behind it: some of training, then rest with everything loaded, as if
 * it had been seen. From then on its GPU rests, and the policy acts on idleness. What Berth makes of that is its own.
 */
export async function liveHours(stateDir: string, handle: string, project: string): Promise<void> {
  const log = pino({ level: "silent" });
  const { url } = await startEmbedded({ stateDir: join(stateDir, "ledger"), clock: wallClock, log });
  const ledger = await openLedger({ url, clock: wallClock, log, checkEpoch: false });
  const gpus = gpuSimulator({ dir: join(stateDir, "gpus") });
  try {
    const view = await ledger.read(async (tx) => {
      const owner = await memberByHandle(tx, handle);
      const container = owner && (await newestOfProject(tx, owner.id, project));
      return container && (await containerViews(tx, [container.id]))[0];
    });
    if (view?.container.state !== "running") throw new Error(`${handle}/${project} does not run.`);
    for (const { id } of view.devices) {
      gpus.setLoad(id, { usePercent: 0, memoryMiB: loadedMiB });
      const [pid] = (await readFile(join(stateDir, "gpus", "held", id), "utf8")).split(" ");
      gpus.addProcess(id, { pid: Number(pid), memoryMiB: loadedMiB });
    }
    // Until the minute in which it still worked is over, and written down.
    await wallClock.sleep(writtenAfterMs);
    const { id: containerId, run } = view.container;
    const over = minuteOf(wallClock.now());
    const count = workedHours * 60 + restedMinutes;
    const minutes = Array.from({ length: count }, (_, n): UseMinute => {
      const use =
        n < workedHours * 60 ? training(n) : { usePercent: 0, memoryMiB: loadedMiB, cpuSeconds: 0.6 };
      const { cpuSeconds, usePercent, memoryMiB } = use;
      const sign = usePercent > 0 ? ("active" as const) : ("idle" as const);
      const minute = {
        at: new Date(over - (count - n) * minuteMs),
        devices: view.devices.map(({ id }) => ({ id, sign, usePercent, memoryMiB })),
        cpuSeconds,
        bytes: 0,
        memoryMiB: 640,
        hasInput: false,
        failed: [],
        isSevered: false,
      };
      return { ...minute, containerId, run, sign: signOf(minute) };
    });
    const runningAt = new Date(over - count * minuteMs);
    await ledger.write(async (tx) => {
      await updateContainer(tx, containerId, { runningAt });
      await writeMinutes(tx, minutes);
    });
    const policy = join(stateDir, "policy.yaml");
    const text = await readFile(policy, "utf8");
    if (!text.includes("idle_mode:")) await writeFile(policy, `${text}idle_mode: stop\n`);
  } finally {
    await ledger.close();
  }
}

/** Epochs of three quarters of an hour, with a rest for the evaluation between them. */
function training(minute: number): { usePercent: number; memoryMiB: number; cpuSeconds: number } {
  const inEpoch = minute % 45;
  if (inEpoch < 3) return { usePercent: 6, memoryMiB: loadedMiB / 2, cpuSeconds: 55 };
  const wave = Math.round(8 * Math.sin(minute / 3) + 5 * Math.sin(minute * 1.7));
  return { usePercent: 84 + wave, memoryMiB: loadedMiB, cpuSeconds: 22 + (wave % 7) };
}
