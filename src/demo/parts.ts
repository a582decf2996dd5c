import { join } from "node:path";
import { wallClock } from "../clock.ts";
import { readCatalogue } from "../images/catalogue.ts";
import type { Log } from "../log.ts";
import type { Parts } from "../main.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { makeRandom } from "../random.ts";
import { writeLabFiles } from "./lab/files.ts";
import { admin, adminChannel, boardChannel } from "./lab/people.ts";
import { type DemoServer, demoInstance } from "./server.ts";
import type { SlackSimulator } from "./slack/simulator.ts";

/** What the demo's bot is made of, for `startBot`. Writes the lab's policy and catalogue where there are none. */
export async function demoParts(
  stateDir: string,
  {
    postgres,
    server,
    slack,
    log,
  }: { postgres: Parts["postgres"]; server: DemoServer; slack: SlackSimulator; log: Log },
): Promise<Parts & { policyPath: string }> {
  const { policyPath } = await writeLabFiles(stateDir, server.imageRef);
  const policy = await readPolicy(policyPath);
  return {
    postgres,
    nodes: new Map([[server.node.id, server.node]]),
    policy,
    policyPath,
    catalogue: await readCatalogue(policyPath, policy.catalogue),
    settings: {
      instance: demoInstance,
      sshHost: server.sshAddress,
      sshBind: server.sshAddress,
      sshPorts: { first: 22000, last: 22999 },
      sshJump: undefined,
      stateDir: join(stateDir, "state"),
      admins: [admin],
      adminChannel,
      boardChannel,
    },
    slack: {
      botToken: slack.botToken,
      delivery: { kind: "socket", appToken: slack.appToken },
      apiUrl: slack.apiUrl,
      commandPrefix: "",
    },
    clock: wallClock,
    random: makeRandom(),
    log,
    watchEveryMs: 3000,
  };
}
