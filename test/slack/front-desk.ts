import { type SlackOptions, type SlackSimulator, startSlack } from "../../src/demo/slack/simulator.ts";
import { reachFromNow } from "../../src/ends/clock-watch.ts";
import type { SlackReach } from "../../src/ends/reach.ts";
import { endContainers } from "../../src/jobs/end-containers.ts";
import type { Job } from "../../src/jobs/runner.ts";
import { tellInsideJob } from "../../src/jobs/tell-inside.ts";
import { allNodes } from "../../src/ledger/queries/nodes.ts";
import { manifest } from "../../src/slack/manifest.ts";
import type { SlackSettings } from "../../src/slack/settings.ts";
import { type SlackRoom, startSlackRoom } from "../../src/slack/start.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { freePort } from "../support/free-port.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";
import { unwarned } from "../support/unwarned.ts";

/** The whole desk over the wire: the simulated workspace, the Slack room, the middle rooms on a real Postgres. */
export type FrontDesk = {
  slack: SlackSimulator;
  world: MemoryWorld;
  room: SlackRoom;
  ana: ReturnType<SlackSimulator["as"]>;
  ben: ReturnType<SlackSimulator["as"]>;
  dmitri: ReturnType<SlackSimulator["as"]>;
  eve: ReturnType<SlackSimulator["as"]>;
  /** Another bot process, as far as Slack can tell: nothing is remembered but what the ledger has. */
  restartRoom(): Promise<void>;
  /** Throws if Slack had anything to complain of, or somebody was stopped unwarned. */
  end(): Promise<void>;
};

const signingSecret = "sim-signing-secret";

export async function openDesk(
  options: {
    slack?: Partial<SlackOptions>;
    world?: Parameters<typeof memoryWorld>[1];
    http?: boolean;
    prefix?: string;
    /** Without members known before: everybody is new. */
    nobody?: boolean;
    /** Containers end here when their hours are over, and hear of it before. */
    ends?: boolean;
    /** What else runs. */
    jobs?: (world: MemoryWorld, reach: () => SlackReach) => Job[];
  } = {},
): Promise<FrontDesk> {
  const database: TestDatabase = await freshDatabase();
  const world = await memoryWorld(database.url, options.world);
  const port = options.http ? await freePort() : 0;
  const slack = await startSlack({
    manifest: manifest({
      ...(options.prefix ? { prefix: options.prefix } : {}),
      ...(options.http ? { requestUrl: `http://127.0.0.1:${port}/slack/events` } : {}),
    }),
    users: [
      { id: "UANA", name: "ana", title: "student" },
      { id: "UBEN", name: "ben", title: "student" },
      { id: "UCHLOE", name: "chloe", title: "researcher" },
      { id: "UDMITRI", name: "dmitri", title: "admin", isAdmin: true },
      { id: "UEVE", name: "eve", title: "newcomer" },
      { id: "UGUEST", name: "guest", isGuest: true },
    ],
    channels: [
      { id: "CGPU", name: "gpu" },
      { id: "CADMINS", name: "admins" },
    ],
    ...(options.http
      ? { delivery: { kind: "http" as const, url: `http://127.0.0.1:${port}/slack/events`, signingSecret } }
      : {}),
    ...options.slack,
  });
  const settings: SlackSettings = {
    botToken: slack.botToken,
    delivery: options.http
      ? { kind: "http", signingSecret, port }
      : { kind: "socket", appToken: slack.appToken },
    apiUrl: slack.apiUrl,
    commandPrefix: options.prefix ?? "",
  };
  let room = await startSlackRoom(world, settings);
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app to be connected");
  if (!options.nobody) {
    await world.member("ana");
    await world.member("ben");
    await world.member("dmitri", "admin");
  }
  const ending = () =>
    options.ends
      ? [
          endContainers(
            world,
            reachFromNow(world.clock, () => room.reach()),
          ),
          tellInsideJob(),
        ]
      : [];
  const more = () => options.jobs?.(world, () => room.reach()) ?? [];
  world.start(...ending(), ...more(), ...room.jobs);
  await world.until(
    async () => (await world.ledger.read((tx) => allNodes(tx))).some((node) => node.adoptedInEpoch !== null),
    "the first look at the GPUs",
  );
  return {
    slack,
    world,
    get room() {
      return room;
    },
    async restartRoom() {
      await world.stop();
      await room.stop();
      room = await startSlackRoom(world, settings);
      await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app to be connected again");
      world.start(...ending(), ...more(), ...room.jobs);
    },
    ana: slack.as("UANA"),
    ben: slack.as("UBEN"),
    dmitri: slack.as("UDMITRI"),
    eve: slack.as("UEVE"),
    async end() {
      await world.stop();
      const wrong = [
        ...slack.complaints(),
        ...(options.ends ? await unwarned(world, { simulator: slack, reach: room.reach() }) : []),
      ];
      await room.stop();
      await world.end();
      await slack.close();
      await database.drop();
      if (wrong.length > 0) throw new Error(wrong.join("\n"));
    },
  };
}

/** All that somebody reads in a message, a modal or Home, as one text. */
export function wordsIn(blocks: unknown): string {
  const words: string[] = [];
  const walk = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (value && typeof value === "object")
      for (const [key, inside] of Object.entries(value)) {
        if ((key === "text" || key === "fallback") && typeof inside === "string") words.push(inside);
        else if (key !== "confirm") walk(inside);
      }
  };
  walk(blocks);
  return words.join(" ");
}
