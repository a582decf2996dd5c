import { readFile } from "node:fs/promises";
import { wallClock } from "../src/clock.ts";
import { retire } from "../src/containers/stop.ts";
import { demoKey } from "../src/demo/lab/keys.ts";
import { livingOfMember } from "../src/ledger/queries/containers.ts";
import { memberBySlackUser, projectByName } from "../src/ledger/queries/members.ts";
import { outboxState } from "../src/ledger/queries/outbox.ts";
import type { ActiveMember } from "../src/ledger/schema.ts";
import type { World } from "../src/world.ts";
import type { Bench } from "./bench.ts";
import { byHand } from "./by-hand.ts";
import { openDemo } from "./demo.ts";
import { type Door, untilSignedIn } from "./login.ts";
import { inTurns, timed } from "./pairs.ts";
import { until } from "./until.ts";

const asker = "U0BEN";
const project = "vision";
const command = `/container-deploy ${project} --gpus 1`;

/**
 * From the command typed to a sign-in that works, on the demo's real engine with the image there. The floor: the same create
 * body, start and sign-in by hand, on the same engine, port and GPU, while Berth does not look.
 */
export const sshReady: Bench = {
  rows: ["ssh.ready"],
  async run(_wanted, say, cleanUp) {
    const { world, slack, socketPath, looking } = await openDemo("ssh.ready", say, cleanUp);
    const ben = (await world.ledger.read((tx) => memberBySlackUser(tx, asker))) as ActiveMember;
    const atRest = () => settle(world, ben);
    await atRest();

    // The first one gives the project its port, and the floor its body.
    await slack.as(asker).type(command);
    const port = await until(
      async () => (await world.ledger.read((tx) => projectByName(tx, ben.id, project)))?.sshPort,
      "the project's port",
    );
    const { privateKeyPath } = await demoKey(world.settings.stateDir, "ben");
    const door: Door = {
      address: world.settings.sshBind,
      port,
      user: ben.handle,
      privateKey: await readFile(privateKeyPath),
    };
    await untilSignedIn(door);
    const hand = await byHand(socketPath, `${project}._.${ben.handle}`);
    await atRest();
    say("the image is there and the first sign-in worked");

    return inTurns(
      [
        {
          name: "ssh.ready",
          async ours() {
            const milliseconds = await timed(async () => {
              const started = hand.nextStart();
              const typed = slack.as(asker).type(command);
              // Not before, as by hand: who knocks at an address where nobody is yet is not heard there for a second.
              await started;
              await untilSignedIn(door);
              const outcome = await typed;
              if (!outcome.ok) throw new Error(outcome.message);
            });
            await atRest();
            return milliseconds;
          },
          async floor() {
            looking.pause();
            let id = "";
            const milliseconds = await timed(async () => {
              id = await hand.start();
              await untilSignedIn(door);
            });
            await hand.remove(id);
            looking.goOn();
            await atRest();
            return milliseconds;
          },
        },
      ],
      { rounds: 20, warmUp: 1, say },
    );
  },
};

/** Retires what there is, and waits until nothing is left to do or to say. */
async function settle(world: World, by: ActiveMember): Promise<void> {
  const living = await world.ledger.read((tx) => livingOfMember(tx, by.id));
  for (const { id } of living) await retire(world, { by, which: { containerId: id } });
  await until(async () => {
    const [left, messages] = await world.ledger.read(async (tx) => [
      await livingOfMember(tx, by.id),
      await outboxState(tx),
    ]);
    return left.length === 0 && messages.waiting === 0;
  }, "the container to be gone");
  await wallClock.sleep(300);
}
