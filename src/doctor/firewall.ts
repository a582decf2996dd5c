import { connect, createServer } from "node:net";
import type { Clock } from "../world.ts";
import { type Check, type Finding, fault, forSudo, ok, warning } from "./finding.ts";
import { type Bench, type Probe, withProbe } from "./probe-container.ts";
import { run } from "./run.ts";

const what = "firewall";
export const metadata = "169.254.169.254";

/** Whether a connection came about; `silent`: neither a yes nor a no came back. */
export type Reach = "reached" | "refused" | "silent";

export type FirewallFacts = {
  bridge: string;
  /** From a container; undefined: no container could be tried. */
  host: Reach | undefined;
  metadata: Reach | undefined;
  /** Whether the metadata address answers this machine itself. */
  metadataHere: boolean;
  /** The rules as iptables lists them; undefined: they can't be listed. */
  rules: { host: boolean; metadata: boolean } | undefined;
};

/**
 * Containers may reach the internet, not the services of this host nor a cloud's metadata. Tried from a container against
 * a port that is opened for it (`open`: on the machine the engine publishes on).
 */
export function firewallCheck(bench: Bench, bridge: string, open: () => Promise<OpenPort> = openPort): Check {
  return {
    what,
    forSudo: true,
    async run() {
      const port = await open();
      try {
        // Silence takes seconds to be told, and every start of the bot waits for it: all at once.
        const [tried, metadataHere, rules] = await Promise.all([
          withProbe(bench, [], (probe) => tryBoth(probe, port.port)),
          answersHere(bench.clock),
          rulesOf(bridge),
        ]);
        return judgeFirewall({ bridge, host: tried?.host, metadata: tried?.metadata, metadataHere, rules });
      } finally {
        await port.close();
      }
    },
  };
}

export function judgeFirewall({
  bridge,
  host,
  metadata: cloud,
  metadataHere,
  rules,
}: FirewallFacts): Finding[] {
  return forSudo(judgeReach("A container", { bridge, host, metadata: cloud, metadataHere, rules }));
}

/** `who`: as a sentence begins. */
export function judgeReach(
  who: "A container" | "A build",
  { bridge, host, metadata: cloud, metadataHere, rules }: FirewallFacts,
): Finding[] {
  return [
    judgeRule(
      who,
      "services of this host",
      host,
      rules?.host,
      true,
      `iptables -I INPUT -i ${bridge} -m conntrack --ctstate NEW -j DROP`,
    ),
    judgeRule(
      who,
      "a cloud's metadata address",
      cloud,
      rules?.metadata,
      metadataHere,
      `iptables -I DOCKER-USER -i ${bridge} -d 169.254.0.0/16 -j DROP`,
    ),
  ];
}

/** `answers`: whether somebody would answer if the rule were not there: only then silence proves it. */
function judgeRule(
  who: "A container" | "A build",
  place: string,
  reach: Reach | undefined,
  rule: boolean | undefined,
  answers: boolean,
  command: string,
): Finding {
  const others = who === "A build" ? "builds" : "containers";
  const mend = `systemctl enable --now berth-firewall    (deploy/berth-firewall.service), or: ${command}`;
  if (reach === "reached" || reach === "refused") return fault(what, `${who} reaches ${place}.`, mend);
  if (reach === "silent" && (answers || rule)) return ok(what, `${who} does not reach ${place}.`);
  if (reach === "silent")
    return warning(what, `Nothing answers at ${place} here, and no rule keeps ${others} from it.`, mend);
  if (rule)
    return ok(what, `A rule keeps ${others} from ${place}; it was not tried, for no image is there yet.`);
  return fault(
    what,
    `Nothing shows that ${others} do not reach ${place}: no image is there to try it with, and no rule is seen.`,
    mend,
  );
}

async function tryBoth(probe: Probe, port: number): Promise<{ host: Reach; metadata: Reach }> {
  const gateway = gatewayIn((await probe.exec(["cat", "/proc/net/route"])).output);
  const [host, cloud] = await Promise.all([reachFrom(probe, gateway, port), reachFrom(probe, metadata, 80)]);
  return { host, metadata: cloud };
}

/** By bash, which every image has that members can work in. Throws if that can't be tried: no answer is no proof. */
async function reachFrom(probe: Probe, address: string, port: number): Promise<Reach> {
  const { exitCode, output } = await probe.exec([
    "timeout",
    "3",
    "bash",
    "-c",
    `exec 3<>/dev/tcp/${address}/${port}`,
  ]);
  return reachOf(exitCode, output);
}

/** What a try to connect, at most 3 s long, says. Throws where none could be made. */
export function reachOf(exitCode: number, output: string): Reach {
  if (exitCode === 0) return "reached";
  if (exitCode === 124 || /unreachable|No route|timed out|prohibited|not permitted/i.test(output))
    return "silent";
  if (/refused/i.test(output)) return "refused";
  throw new Error(
    `the image can't try a connection (${output.trim().split("\n").at(-1) || `exit code ${exitCode}`})`,
  );
}

/** `eth0 00000000 0100110A …`: the address in the order of this machine's bytes, the lowest first. */
export function gatewayIn(routes: string): string {
  const hex = routes
    .split("\n")
    .map((line) => line.split("\t"))
    .find((fields) => fields[1] === "00000000")?.[2];
  if (hex === undefined || !/^[0-9A-F]{8}$/.test(hex))
    throw new Error("a container has no way out of its network");
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join(".");
}

export type OpenPort = { port: number; close(): Promise<void> };

export function openPort(): Promise<OpenPort> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "0.0.0.0", () => {
      const { port } = server.address() as { port: number };
      resolve({ port, close: () => new Promise((closed) => server.close(() => closed())) });
    });
  });
}

export async function answersHere(clock: Pick<Clock, "sleep">): Promise<boolean> {
  const socket = connect(80, metadata);
  const over = new AbortController();
  const answer = new Promise<boolean>((resolve) => {
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
  });
  const late = clock.sleep(1500, over.signal).then(() => false);
  const answers = await Promise.race([answer, late]);
  over.abort();
  socket.destroy();
  return answers;
}

export async function rulesOf(bridge: string): Promise<FirewallFacts["rules"]> {
  const [input, user] = await Promise.all(
    ["INPUT", "DOCKER-USER"].map((chain) => run("iptables", ["-w", "5", "-S", chain])),
  );
  if (input?.exitCode !== 0 && user?.exitCode !== 0) return undefined;
  const closes = (output: string | undefined, more: RegExp) =>
    (output ?? "")
      .split("\n")
      .some((rule) => rule.includes(`-i ${bridge} `) && /-j (DROP|REJECT)/.test(rule) && more.test(rule));
  return { host: closes(input?.output, /./), metadata: closes(user?.output, /-d 169\.254\./) };
}
