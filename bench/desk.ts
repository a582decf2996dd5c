import { App, SocketModeReceiver } from "@slack/bolt";
import { retire } from "../src/containers/stop.ts";
import { type SlackSimulator, startSlack } from "../src/demo/slack/simulator.ts";
import type { Catalogue } from "../src/images/catalogue.ts";
import { livingOfMember } from "../src/ledger/queries/containers.ts";
import { allNodes } from "../src/ledger/queries/nodes.ts";
import { outboxState } from "../src/ledger/queries/outbox.ts";
import { quietLogger } from "../src/slack/clients.ts";
import { manifest } from "../src/slack/manifest.ts";
import { startSlackRoom } from "../src/slack/start.ts";
import { type MemoryWorld, memoryWorld } from "../test/support/memory-world.ts";
import type { Bench } from "./bench.ts";

/** The bot in a simulated workspace: Slack, Bolt and the ledger are real, engine and machine in memory. Ana is a member. */
export type Desk = { slack: SlackSimulator; world: MemoryWorld; settle(): Promise<void> };

export async function openDesk(
  url: string,
  cleanUp: Parameters<Bench["run"]>[2],
  catalogue?: Catalogue,
): Promise<Desk> {
  const world = await memoryWorld(url, {
    gpus: 8,
    watchEveryMs: 3000,
    ...(catalogue ? { catalogue } : {}),
    policy:
      "enrol: open\ndefaults: { memory_gib: 1, max_gpu_equivalents: null, max_containers: null, max_memory_gib_total: null }\ngroups: { student: {} }",
  });
  cleanUp(() => world.end());
  const slack = await workspace(cleanUp);
  const room = await startSlackRoom(world, {
    botToken: slack.botToken,
    delivery: { kind: "socket", appToken: slack.appToken },
    apiUrl: slack.apiUrl,
    commandPrefix: "",
  });
  cleanUp(() => room.stop());
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the app to be connected");
  const ana = await world.member("ana");
  world.start(...room.jobs);
  cleanUp(() => world.stop());
  await world.until(
    async () => (await world.ledger.read((tx) => allNodes(tx))).some((node) => node.adoptedInEpoch !== null),
    "the first look at the GPUs",
  );
  return {
    slack,
    world,
    /** Retires what was deployed, and waits until nothing is left to do or to say: the next one is asked at rest. */
    async settle() {
      const living = await world.ledger.read((tx) => livingOfMember(tx, ana.id));
      for (const { id } of living) await retire(world, { by: ana, which: { containerId: id } });
      await world.until(async () => {
        const [left, messages] = await world.ledger.read(async (tx) => [
          await livingOfMember(tx, ana.id),
          await outboxState(tx),
        ]);
        return left.length === 0 && messages.waiting === 0;
      }, "the container to be gone and everybody to be told");
    },
  };
}

/** The least an app could be, in a workspace of its own: it answers always the same. */
export async function fixedApp(
  cleanUp: Parameters<Bench["run"]>[2],
  answers: (app: App) => void,
): Promise<SlackSimulator> {
  const slack = await workspace(cleanUp);
  const logger = quietLogger({ warn: console.error, error: console.error } as never);
  const clientOptions = { slackApiUrl: slack.apiUrl };
  const receiver = new SocketModeReceiver({
    appToken: slack.appToken,
    logger,
    installerOptions: { clientOptions },
  });
  const app = new App({ token: slack.botToken, receiver, logger, clientOptions });
  answers(app);
  await app.start();
  cleanUp(() => app.stop());
  await slack.waitFor(() => slack.isAppConnected(), 10_000, "the floor's app to be connected");
  return slack;
}

async function workspace(cleanUp: Parameters<Bench["run"]>[2]): Promise<SlackSimulator> {
  const slack = await startSlack({
    manifest: manifest(),
    users: [{ id: "UANA", name: "ana", title: "student" }],
  });
  cleanUp(() => slack.close());
  return slack;
}
