import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command, succeeds, waitUntil } from "../../src/demo/engine/command.ts";
import { isAlive } from "../../src/demo/engine/processes.ts";

/**
 * Another machine in the lab's network, with one HTTP server: a network namespace with a cable to the host. Builds and
 * members' containers of a bed reach it as they reach the internet, by the bed's own rules and nothing more; the host's own
 * services stay closed to them. So does whoever runs on the host.
 */
export type Neighbour = {
  /** `http://10.214.…`, without a slash at the end. */
  url: string;
  address: string;
  /** Takes the machine away, and what is left of those whose test was killed. */
  close(): Promise<void>;
};

const port = 80;
let made = 0;

/** `answer` runs in this process. Needs root, as a bed does. */
export async function neighbour(answer: RequestListener): Promise<Neighbour> {
  await removeForsaken();
  const folder = await mkdtemp(join(tmpdir(), "berth-neighbour-"));
  const socketPath = join(folder, "http.sock");
  const server = createServer(answer);
  await once(server.listen(socketPath), "listening");

  made += 1;
  const name = `bn${process.pid}x${made}`;
  const { hostAddress, address } = await layCable(name);
  // It ends with this process: its standard input does.
  const door = spawn(
    "nsenter",
    [`--net=/run/netns/${name}`, process.execPath, "-e", doorkeeper, address, String(port), socketPath],
    { stdio: ["pipe", "ignore", "inherit"] },
  );
  const close = async () => {
    door.stdin.end();
    server.closeAllConnections();
    server.close();
    await removeMachine(name);
    await rm(folder, { recursive: true, force: true });
  };
  const url = `http://${address}`;
  const isOpen = () =>
    fetch(url, { method: "HEAD" }).then(
      () => true,
      () => false,
    );
  if (!(await waitUntil(isOpen, 20, () => door.exitCode !== null))) {
    await close();
    throw new Error(`The neighbour at ${address} (host's end ${hostAddress}) did not answer.`);
  }
  return { url, address, close };
}

/** Passes every connection on to the server in the test's own process. */
const doorkeeper = `
const net = require("node:net");
const [address, port, socketPath] = process.argv.slice(1);
net.createServer({ noDelay: true }, (outer) => {
  const inner = net.connect(socketPath);
  outer.pipe(inner).pipe(outer);
  for (const [one, other] of [[outer, inner], [inner, outer]]) one.on("error", () => other.destroy());
}).listen(Number(port), address);
process.stdin.on("end", () => process.exit()).resume();
`;

/** One of the 16384 blocks of four addresses in 10.214.0.0/16 that nobody on this host has. */
async function layCable(name: string): Promise<{ hostAddress: string; address: string }> {
  await command(["ip", "netns", "add", name]);
  await command(["ip", "link", "add", name, "type", "veth", "peer", "name", "eth0", "netns", name]);
  await command(["ip", "link", "set", name, "up"]);
  await command(["ip", "-n", name, "link", "set", "lo", "up"]);
  for (let attempt = 0; attempt < 50; attempt++) {
    const taken = await command(["ip", "-4", "-o", "address"]);
    const block = (process.pid * 7 + made + attempt * 97) % 16384;
    const start = `10.214.${block >> 6}.`;
    const [hostAddress, address] = [1, 2].map((host) => `${start}${((block & 63) << 2) + host}`) as [
      string,
      string,
    ];
    if (taken.includes(` ${hostAddress}/`)) continue;
    await command(["ip", "address", "add", `${hostAddress}/30`, "dev", name]);
    await command(["ip", "-n", name, "address", "add", `${address}/30`, "dev", "eth0"]);
    await command(["ip", "-n", name, "link", "set", "eth0", "up"]);
    return { hostAddress, address };
  }
  throw new Error("No free addresses for a neighbour were found in 10.214.0.0/16.");
}

async function removeMachine(name: string): Promise<void> {
  await succeeds(["ip", "link", "delete", name]);
  await succeeds(["ip", "netns", "delete", name]);
}

async function removeForsaken(): Promise<void> {
  const names = (await command(["ip", "netns", "list"])).matchAll(/^(bn(\d+)x\d+)\b/gm);
  for (const [, name, pid] of names) if (!isAlive(Number(pid))) await removeMachine(name ?? "");
}
