import { readFile } from "node:fs/promises";

/**
 * Where a resolver on the host's loopback (systemd-resolved's 127.0.0.53 on Ubuntu) sends its questions: the engine, in a
 * network of its own, has another loopback and would find nobody there. Undefined where the host names a resolver that can
 * be reached over the network.
 */
export async function loopbackResolver(): Promise<{ local: string; upstream: string } | undefined> {
  const [local] = nameservers(await readFile("/etc/resolv.conf", "utf8").catch(() => ""));
  if (!local?.startsWith("127.")) return undefined;
  const known = nameservers(await readFile("/run/systemd/resolve/resolv.conf", "utf8").catch(() => ""));
  // The engine itself gives containers this one when it knows no better.
  return { local, upstream: known.find((address) => !address.startsWith("127.")) ?? "8.8.8.8" };
}

/** IPv4 only: the cable has no other. */
export function nameservers(resolvConf: string): string[] {
  return [...resolvConf.matchAll(/^\s*nameserver\s+(\d+\.\d+\.\d+\.\d+)\s*$/gm)].map((found) => found[1]!);
}
