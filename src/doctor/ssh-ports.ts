import { readFile } from "node:fs/promises";
import { networkInterfaces } from "node:os";
import type { Engine } from "../engine/engine.ts";
import { EngineSilent } from "../errors.ts";
import type { Host } from "../host/host.ts";
import type { Settings } from "../world.ts";
import { type Check, type Finding, fault, ok, warning } from "./finding.ts";

const what = "SSH ports";

export type PortFacts = {
  bind: string;
  pool: { first: number; last: number };
  /** Of this machine, on every interface. */
  addresses: readonly string[];
  /** Something listens there that is no container of Berth's. */
  taken: readonly number[];
  /** Ports the kernel gives to outgoing connections. */
  outgoing: { first: number; last: number } | undefined;
};

export function sshPortsCheck(settings: Settings, host: Host, engine: Engine, proc = "/proc"): Check {
  return {
    what,
    async run() {
      const { sshBind: bind, sshPorts: pool, instance, sshHost } = settings;
      const ours = await portsOfContainers(engine, instance);
      const listening = [...(await host.listeningPorts())];
      const taken = listening.filter((port) => port >= pool.first && port <= pool.last && !ours.has(port));
      const addresses = Object.values(networkInterfaces()).flatMap((all) =>
        (all ?? []).map(({ address }) => address),
      );
      const findings = judgePorts({ bind, pool, addresses, taken, outgoing: await outgoingPorts(proc) });
      return [
        ...findings,
        ok(what, `From a laptop, once somebody has a container: nc -vz ${sshHost} ${pool.first}`),
      ];
    },
  };
}

export function judgePorts({ bind, pool, addresses, taken, outgoing }: PortFacts): Finding[] {
  const findings: Finding[] = [];
  const range = `${pool.first}-${pool.last}`;
  if (!["0.0.0.0", "::"].includes(bind) && !addresses.includes(bind))
    findings.push(
      fault(
        what,
        `BERTH_SSH_BIND is not an address of this machine, so no container could be started.`,
        `One of ${addresses.join(", ")}, or 0.0.0.0 for all of them.`,
      ),
    );
  else if (bind === "127.0.0.1" || bind === "::1")
    findings.push(
      warning(
        what,
        "BERTH_SSH_BIND lets nobody in but users of this machine itself.",
        "Leave BERTH_SSH_BIND out, or give the address that members reach.",
      ),
    );
  const size = pool.last - pool.first + 1;
  if (taken.length >= size)
    findings.push(
      fault(
        what,
        `Something listens on every port of ${range}.`,
        "Another BERTH_SSH_PORTS; ss -ltnp shows who listens.",
      ),
    );
  else if (taken.length > 0)
    findings.push(
      warning(
        what,
        `Something else listens on ${taken.slice(0, 5).join(", ")}${taken.length > 5 ? ` and ${taken.length - 5} more` : ""} of ${range}; members do not get these.`,
        `ss -ltnp shows who; or another BERTH_SSH_PORTS.`,
      ),
    );
  if (outgoing && pool.last >= outgoing.first && pool.first <= outgoing.last)
    findings.push(
      warning(
        what,
        `The kernel gives ports ${outgoing.first}-${outgoing.last} to outgoing connections, so a start could fail by chance.`,
        `echo 'net.ipv4.ip_local_reserved_ports = ${range}' > /etc/sysctl.d/61-berth.conf && sysctl --system`,
      ),
    );
  return findings.length > 0
    ? findings
    : [ok(what, `${size - taken.length} ports of ${range} are free, on ${bind}.`)];
}

/** The ports that containers of this installation publish; where the engine is silent, its own check says so. */
async function portsOfContainers(engine: Engine, instance: string): Promise<Set<number>> {
  try {
    const ours = (await engine.list()).filter(({ labels }) => labels["berth.instance"] === instance);
    return new Set(ours.map(({ labels }) => Number(labels["berth.port"])));
  } catch (error) {
    if (error instanceof EngineSilent) return new Set();
    throw error;
  }
}

async function outgoingPorts(proc: string): Promise<PortFacts["outgoing"]> {
  const text = await readFile(`${proc}/sys/net/ipv4/ip_local_port_range`, "utf8").catch(() => "");
  const [first, last] = text.trim().split(/\s+/).map(Number);
  return first && last ? { first, last } : undefined;
}
