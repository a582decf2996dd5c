import { readFile, rm } from "node:fs/promises";
import { command, succeeds } from "./command.ts";
import { type Place, placeOf } from "./place.ts";
import { loopbackResolver } from "./resolver.ts";

/**
 * A network namespace of the bed's own, with a cable (a veth pair) to the host. A second engine in the host's namespace
 * would delete the first one's bridge and rules; in here it can't see them. The host reaches containers' published ports
 * at the engine's end of the cable, containers reach the internet through the host's address. Safe to repeat.
 */
export async function layNetwork(place: Place): Promise<void> {
  if (!(await hasNamespace(place))) {
    // A name whose mount is gone is only an empty file in the way.
    await rm(`/run/netns/${place.namespace}`, { force: true });
    await command(["ip", "netns", "add", place.namespace]);
  }
  if (!(await succeeds(["ip", "link", "show", place.hostLink]))) await layCable(place);
  for (const rule of hostRules(place)) await ensureRule([], rule);
  await succeeds([...inNamespace(place), "iptables", "-w", "10", "-N", "DOCKER-USER"]);
  for (const rule of engineRules(place)) await ensureRule(inNamespace(place), rule);
  await leadToResolver(place);
}

/** Takes away everything that `layNetwork` made, whatever is left of it. */
export async function removeNetwork(place: Place): Promise<void> {
  for (const rule of hostRules(place)) await dropRule(rule);
  await succeeds(["ip", "link", "delete", place.hostLink]);
  if (await hasNamespace(place)) await succeeds(["ip", "netns", "delete", place.namespace]);
  await rm(`/run/netns/${place.namespace}`, { force: true });
}

/** The prefix that runs a program in the bed's network. `ip netns exec` would hide /sys/fs/cgroup from it. */
export function inNamespace(place: Place): string[] {
  return ["nsenter", `--net=/run/netns/${place.namespace}`];
}

/** The place with addresses that nothing else on this host uses; those of a network that is there are kept. */
export async function chooseAddresses(stateDir: string): Promise<Place> {
  const taken = (await command(["ip", "-4", "-o", "address"])).split("\n");
  const places = Array.from({ length: 64 }, (_, attempt) => placeOf(stateDir, attempt));
  const holder = (place: Place) => taken.find((line) => line.includes(` ${place.hostAddress}/`));
  const place =
    places.find((one) => holder(one)?.includes(one.hostLink)) ?? places.find((one) => !holder(one));
  if (!place) throw new Error("No free addresses for the demo's engine were found in 10.213.0.0/16.");
  return place;
}

async function layCable(place: Place): Promise<void> {
  const { hostLink, engineLink, namespace } = place;
  await command([
    "ip",
    "link",
    "add",
    hostLink,
    "type",
    "veth",
    "peer",
    "name",
    engineLink,
    "netns",
    namespace,
  ]);
  await command(["ip", "address", "add", `${place.hostAddress}/30`, "dev", hostLink]);
  await command(["ip", "link", "set", hostLink, "up"]);
  await command(["ip", "-n", namespace, "link", "set", "lo", "up"]);
  await command(["ip", "-n", namespace, "address", "add", `${place.engineAddress}/30`, "dev", engineLink]);
  await command(["ip", "-n", namespace, "link", "set", engineLink, "up"]);
  await command(["ip", "-n", namespace, "route", "add", "default", "via", place.hostAddress]);
}

async function hasNamespace(place: Place): Promise<boolean> {
  const mounts = await readFile("/proc/self/mountinfo", "utf8");
  return mounts.includes(`/netns/${place.namespace} `);
}

/** The engine's questions to the host's loopback resolver go to where that one asks. */
async function leadToResolver(place: Place): Promise<void> {
  const resolver = await loopbackResolver();
  if (!resolver) return;
  const { local, upstream } = resolver;
  const leave = `/proc/sys/net/ipv4/conf/${place.engineLink}/route_localnet`;
  await command([...inNamespace(place), "sh", "-c", `echo 1 > ${leave}`]);
  for (const protocol of ["udp", "tcp"]) {
    const question = ["-d", local, "-p", protocol, "--dport", "53"];
    const redirect = [...question, "-j", "DNAT", "--to-destination", `${upstream}:53`];
    await ensureRule(inNamespace(place), { table: "nat", chain: "OUTPUT", put: "-I", match: redirect });
  }
  const fromLoopback = ["-s", "127.0.0.0/8", "-o", place.engineLink, "-j", "MASQUERADE"];
  await ensureRule(inNamespace(place), {
    table: "nat",
    chain: "POSTROUTING",
    put: "-I",
    match: fromLoopback,
  });
}

/** A rule: its table, its chain, and whether it goes first or last. */
type Rule = { table: "filter" | "nat"; chain: string; put: "-I" | "-A"; match: string[] };

/** On the host: out and back is allowed, the host's own services are not (but for names: its resolver may be here). */
function hostRules(place: Place): Rule[] {
  const from = ["-i", place.hostLink];
  const backIn = ["-m", "conntrack", "--ctstate", "RELATED,ESTABLISHED", "-j", "ACCEPT"];
  const cable = `${place.hostAddress}/30`;
  return [
    {
      table: "nat",
      chain: "POSTROUTING",
      put: "-A",
      match: ["-s", cable, "!", "-o", place.hostLink, "-j", "MASQUERADE"],
    },
    { table: "filter", chain: "FORWARD", put: "-I", match: [...from, "-j", "ACCEPT"] },
    { table: "filter", chain: "FORWARD", put: "-I", match: ["-o", place.hostLink, ...backIn] },
    {
      table: "filter",
      chain: "INPUT",
      put: "-I",
      match: [...from, "-m", "conntrack", "--ctstate", "NEW", "-j", "DROP"],
    },
    {
      table: "filter",
      chain: "INPUT",
      put: "-I",
      match: [...from, "-p", "udp", "--dport", "53", "-j", "ACCEPT"],
    },
    {
      table: "filter",
      chain: "INPUT",
      put: "-I",
      match: [...from, "-p", "tcp", "--dport", "53", "-j", "ACCEPT"],
    },
  ];
}

/** In the engine's namespace: containers can't open what listens there, nor a cloud's metadata address. */
function engineRules(place: Place): Rule[] {
  const fromContainers = ["!", "-i", place.engineLink, "-m", "conntrack", "--ctstate", "NEW"];
  return [
    { table: "filter", chain: "INPUT", put: "-A", match: ["-i", "lo", "-j", "ACCEPT"] },
    { table: "filter", chain: "INPUT", put: "-A", match: [...fromContainers, "-j", "DROP"] },
    // The engine puts its own rules in front of FORWARD, but jumps to this chain before them.
    { table: "filter", chain: "DOCKER-USER", put: "-I", match: ["-d", "169.254.0.0/16", "-j", "DROP"] },
  ];
}

async function ensureRule(prefix: string[], rule: Rule): Promise<void> {
  const iptables = [...prefix, "iptables", "-w", "10", "-t", rule.table];
  if (await succeeds([...iptables, "-C", rule.chain, ...rule.match])) return;
  await command([...iptables, rule.put, rule.chain, ...rule.match]);
}

async function dropRule(rule: Rule): Promise<void> {
  const iptables = ["iptables", "-w", "10", "-t", rule.table];
  for (let copies = 0; copies < 5; copies++) {
    if (!(await succeeds([...iptables, "-D", rule.chain, ...rule.match]))) return;
  }
}
