import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import pino from "pino";
import { wallClock } from "../../src/clock.ts";
import { isAlive } from "../../src/containers/compare.ts";
import { EngineSilent } from "../../src/errors.ts";
import { carriedRef } from "../../src/images/carried.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { members } from "../../src/ledger/member-table.ts";
import { containers, leases, projects } from "../../src/ledger/schema.ts";
import { thisMachine } from "../../src/machine.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { Place } from "../containers/invariants.ts";
import type { BotProcess } from "../process/bot-process.ts";

/** The bot's world as somebody else sees it who looks at its ledger and its engine. */
export function placeOf(bot: BotProcess, ledger: OpenLedger, policy: Policy): Place {
  const { config } = bot;
  const { engine } = thisMachine(config, policy, pino({ level: "silent" }));
  const engineNow = async () => {
    // It may be busy with what it was asked for while it was away.
    for (let tries = 0; tries < 6; tries++) {
      const listed = await engine.list().catch((error: unknown) => {
        if (!(error instanceof EngineSilent)) throw error;
      });
      if (listed) return listed;
    }
    throw new EngineSilent("The engine is silent although nothing is done to it any more.");
  };
  return { ledger, policy, clock: wallClock, settings: config.settings, engineNow };
}

/** Everything of an engine that a bot could leave behind in it. */
export type InEngine = { containers: string[]; images: string[]; networks: string[]; volumes: string[] };

export async function inEngine(bot: BotProcess): Promise<InEngine> {
  const docker = new Docker({ socketPath: bot.bed.socketPath });
  const [made, images, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true }),
    docker.listImages({ all: true }),
    docker.listNetworks(),
    docker.listVolumes(),
  ]);
  return {
    containers: made.map(({ Names }) => Names[0]?.slice(1) ?? "").sort(),
    images: images.map(({ Id, RepoTags }) => RepoTags?.join() || Id).sort(),
    networks: networks.map(({ Name }) => Name).sort(),
    volumes: (volumes ?? []).map(({ Name }) => Name).sort(),
  };
}

/** What is in the engine and was not there `before`, and is of no container that lives. A sentence for each. */
export async function leftBehind(bot: BotProcess, ledger: OpenLedger, before: InEngine): Promise<string[]> {
  const now = await inEngine(bot);
  const rows = await ledger.read((tx) => tx.select().from(containers));
  const living = rows.filter(isLiving);
  const expected = {
    containers: new Set(living.filter(({ state }) => state !== "waiting").map(({ name }) => name)),
    images: new Set(living.map(({ id }) => carriedRef(bot.config.settings.instance, id))),
    networks: new Set<string>(),
    volumes: new Set<string>(),
  };
  // One that waits to run again is still made.
  for (const { name, run } of living) if (run > 1) expected.containers.add(name);
  return (["containers", "images", "networks", "volumes"] as const).flatMap((kind) =>
    now[kind]
      .filter((name) => !before[kind].includes(name) && !expected[kind].has(name))
      .map((name) => `left in the engine, of its ${kind}: ${name}`),
  );
}

/**
 * Every device is computed on by the container that has its lease, and by no other: as the GPUs show it, by the processes
 * that hold them. A sentence for each that is not.
 */
export async function wrongOnDevices(bot: BotProcess, place: Place): Promise<string[]> {
  const held = await heldBy(join(bot.bed.gpus.binDir, "../held"));
  const running = (await place.engineNow()).filter(isAlive);
  const open = (await place.ledger.read((tx) => tx.select().from(leases))).filter(({ endedAt }) => !endedAt);
  const wrong: string[] = [];
  for (const [device, engineId] of held) {
    const its = running.find(({ id }) => id === engineId);
    const lease = open.find(({ deviceId }) => deviceId === device);
    if (!its || its.labels["berth.container"] !== String(lease?.containerId))
      wrong.push(`${device} is used by ${its?.name ?? engineId}, and is ${lease?.containerId ?? "nobody"}'s`);
  }
  for (const one of running)
    for (const device of one.devices === "all" ? ["all of them"] : one.devices)
      if (held.get(device) !== one.id) wrong.push(`${one.name} runs, and ${device} shows nothing of it`);
  return wrong;
}

/** Engine's id by device, of those whose process lives: a number may be another process's by now, its start tells. */
async function heldBy(folder: string): Promise<Map<string, string>> {
  const held = new Map<string, string>();
  for (const device of await readdir(folder)) {
    const [pid, started, engineId] = (await readFile(join(folder, device), "utf8")).trim().split(" ");
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
    const since = stat.replace(/^.*\) /s, "").split(" ")[19];
    if (since === started) held.set(device, engineId ?? "");
  }
  return held;
}

const said: Partial<Record<string, RegExp>> = {
  waiting: /^\S+ (waits for|starts when) /,
  running: /^\S+ is ready/,
  stopped: /^\S+ is stopped\.$/,
  retired: /^\S+ (is retired|left the line)\.$/,
  failed: /^\S+ could not be started\.$/,
};
/** All else that is told of a project is no card. */
const isCard = [...Object.values(said), /^\S+ is starting /, /^\S+ is (stopping|being retired)\.$/];

/** The last card that a member has of each project says what is so. A sentence for each that does not. */
export async function saidWrongly({ slack }: BotProcess, ledger: OpenLedger): Promise<string[]> {
  const rows = await ledger.read(async (tx) => ({
    members: await tx.select().from(members),
    projects: await tx.select().from(projects),
    containers: await tx.select().from(containers).orderBy(containers.id),
  }));
  return rows.projects.flatMap((project) => {
    const last = rows.containers.findLast(({ projectId }) => projectId === project.id);
    const member = rows.members.find(({ id }) => id === project.memberId);
    if (!last || !member) return [];
    const card = slack
      .as(member.slackUserId)
      .messages("dm")
      .findLast(
        ({ text, ephemeral }) =>
          !ephemeral && text.startsWith(`*${project.name}* `) && isCard.some((words) => words?.test(text)),
      );
    return card && said[last.state]?.test(card.text)
      ? []
      : [`${last.name} is ${last.state}, and its member reads: ${card?.text ?? "nothing"}`];
  });
}

export const isLiving = ({ state }: { state: string }) => state !== "retired" && state !== "failed";
