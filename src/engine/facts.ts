import { z } from "zod";
import { type Call, refusal } from "./call.ts";
import type { EngineFacts } from "./engine.ts";

const limitMs = 10_000;

/** Asks for version and settings; an engine of another kind (podman) is told by its own name. */
export async function readFacts(call: Call): Promise<EngineFacts> {
  const [version, info, bridge] = await Promise.all([
    call.json({ method: "GET", path: "/version", limitMs }),
    call.json({ method: "GET", path: "/info", limitMs }),
    call.json({ method: "GET", path: "/networks/bridge", limitMs }),
  ]);
  if (version.status !== 200) throw refusal(version);
  if (info.status !== 200) throw refusal(info);
  const facts = factsFrom(version.body, info.body);
  return { ...facts, buildBridge: bridge.status === 200 ? bridgeFrom(bridge.body) : undefined };
}

function bridgeFrom(network: unknown): EngineFacts["buildBridge"] {
  const { Driver, Options } = bridgeShape.parse(network);
  if (Driver !== "bridge") return undefined;
  return {
    name: Options?.["com.docker.network.bridge.name"] ?? "docker0",
    neighbours: Options?.["com.docker.network.bridge.enable_icc"] !== "false",
  };
}

function factsFrom(version: unknown, info: unknown): Omit<EngineFacts, "buildBridge"> {
  const v = versionShape.parse(version);
  const i = infoShape.parse(info);
  const names = [v.Platform?.Name ?? "", ...(v.Components ?? []).map((component) => component.Name)];
  return {
    kind: names.some((name) => /podman/i.test(name)) ? "podman" : "docker",
    version: v.Version,
    apiVersion: v.ApiVersion,
    cgroupDriver: i.CgroupDriver,
    cgroupVersion: i.CgroupVersion === "2" ? "2" : "1",
    liveRestore: i.LiveRestoreEnabled ?? false,
    defaultRuntime: i.DefaultRuntime ?? "",
    runtimes: Object.keys(i.Runtimes ?? {}),
    cdi: (i.CDISpecDirs ?? []).length > 0,
    rootDir: i.DockerRootDir ?? "",
    cpus: i.NCPU,
    memoryBytes: i.MemTotal,
    storageDriver: i.Driver ?? "",
    securityOptions: i.SecurityOptions ?? [],
  };
}

const versionShape = z.object({
  Version: z.string(),
  ApiVersion: z.string(),
  Platform: z.object({ Name: z.string() }).nullish(),
  Components: z.array(z.object({ Name: z.string() })).nullish(),
});

const bridgeShape = z.object({
  Driver: z.string().optional(),
  Options: z.record(z.string(), z.string()).nullish(),
});

const infoShape = z.object({
  CgroupDriver: z.string(),
  CgroupVersion: z.string().nullish(),
  LiveRestoreEnabled: z.boolean().nullish(),
  DefaultRuntime: z.string().nullish(),
  Runtimes: z.record(z.string(), z.unknown()).nullish(),
  CDISpecDirs: z.array(z.string()).nullish(),
  DockerRootDir: z.string().nullish(),
  NCPU: z.number(),
  MemTotal: z.number(),
  Driver: z.string().nullish(),
  SecurityOptions: z.array(z.string()).nullish(),
});
