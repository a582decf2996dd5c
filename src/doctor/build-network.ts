import { type Check, type Finding, fault, ok, warning } from "./finding.ts";
import {
  answersHere,
  judgeReach,
  metadata,
  type OpenPort,
  openPort,
  type Reach,
  reachOf,
  rulesOf,
} from "./firewall.ts";
import { type Bench, doctorInstance, firstThere } from "./probe-container.ts";

const what = "builds";
const limitMs = 40_000;

/**
 * The steps of a build run what members and their packages bring along, on the engine's own bridge: what they reach is tried
 * in a build. It is made to fail at its end, so that no image comes of it.
 */
export function buildNetworkCheck(bench: Bench, open: () => Promise<OpenPort> = openPort): Check {
  return {
    what,
    async run() {
      const { buildBridge } = await bench.engine.facts();
      if (!buildBridge) return [noNetwork()];
      const port = await open();
      try {
        const bridge = buildBridge.name;
        const [tried, metadataHere, rules] = await Promise.all([
          tryInBuild(bench, port.port),
          answersHere(bench.clock),
          rulesOf(bridge),
        ]);
        const facts = { bridge, host: tried?.host, metadata: tried?.metadata, metadataHere, rules };
        return [
          ...judgeReach("A build", facts).map((finding) => ({ ...finding, what })),
          judgeNeighbours(buildBridge.neighbours),
        ];
      } finally {
        await port.close();
      }
    },
  };
}

export function judgeNeighbours(neighbours: boolean): Finding {
  if (!neighbours) return ok(what, "Builds don't reach each other.");
  return warning(
    what,
    "Builds that run at the same time reach each other, and whatever else stands on the engine's own bridge.",
    'In /etc/docker/daemon.json: "icc": false, then, with no container running: systemctl restart docker',
  );
}

function noNetwork(): Finding {
  return fault(
    what,
    "The engine has no bridge of its own: builds have no network, and no package can be fetched.",
    'In /etc/docker/daemon.json take out "bridge": "none", then, with no container running: systemctl restart docker',
  );
}

/** undefined: no image is there to try it with. Throws what the engine said if the build could not be tried. */
async function tryInBuild(bench: Bench, port: number): Promise<{ host: Reach; metadata: Reach } | undefined> {
  const { engine, settings, clock, random } = bench;
  const image = await firstThere(bench);
  if (image === undefined) return undefined;
  let log = "";
  const [limit, over] = [new AbortController(), new AbortController()];
  void clock.sleep(limitMs, over.signal).then(() => limit.abort(new Error("a build took too long")));
  const building = engine.build(
    {
      id: `${doctorInstance(settings)}-${random.token(8)}`,
      dockerfile: `FROM ${image}\nRUN ["bash", "-c", ${JSON.stringify(script(port))}]\n`,
      files: new Map(),
      labels: { "berth.instance": doctorInstance(settings) },
      tags: [],
      buildArgs: {},
      registryLogins: {},
      noCache: true,
    },
    (now) => {
      log += now.log;
    },
    limit.signal,
  );
  const result = await building.finally(() => over.abort());
  const said = (place: string) => new RegExp(`^berth: ${place} (\\d+) (.*)$`, "m").exec(log);
  const [host, cloud] = [said("host"), said("metadata")];
  if (!host || !cloud) throw new Error(result.is === "failed" ? result.error : "the build said nothing");
  return {
    host: reachOf(Number(host[1]), host[2] ?? ""),
    metadata: reachOf(Number(cloud[1]), cloud[2] ?? ""),
  };
}

/** By bash alone, which every image has that members can work in. The gateway is this host. */
function script(port: number): string {
  return `
while read -r _ to via _; do
  [ "$to" = 00000000 ] && [ "$via" != 00000000 ] && host=$(printf %d.%d.%d.%d 0x\${via:6:2} 0x\${via:4:2} 0x\${via:2:2} 0x\${via:0:2})
done < /proc/net/route
reach() {
  said=$(timeout 3 bash -c "exec 3<>/dev/tcp/$2/$3" 2>&1)
  echo "berth: $1 $? \${said//$'\\n'/ }"
}
reach host "$host" ${port} &
reach metadata ${metadata} 80 &
wait
exit 3`;
}
