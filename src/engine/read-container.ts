import { z } from "zod";
import type { EngineContainer } from "./engine.ts";

/** One entry of the engine's list; the devices are not in it. */
export function readListed(
  entry: unknown,
  devicesOf: (id: string) => EngineContainer["devices"],
): EngineContainer {
  const listed = listedShape.parse(entry);
  return {
    id: listed.Id,
    name: plainName(listed.Names[0] ?? ""),
    labels: listed.Labels ?? {},
    state: listed.State,
    image: listed.Image,
    imageId: listed.ImageID,
    devices: devicesOf(listed.Id),
    createdAt: new Date(listed.Created * 1000),
  };
}

/** The engine's answer about one container. */
export function readInspected(answer: unknown): EngineContainer {
  const one = inspectedShape.parse(answer);
  return {
    id: one.Id,
    name: plainName(one.Name),
    labels: one.Config.Labels ?? {},
    state: one.State.Status,
    image: one.Config.Image,
    imageId: one.Image,
    devices: devicesGiven(one),
    createdAt: new Date(one.Created),
    pid: one.State.Pid || undefined,
    startedAt: instant(one.State.StartedAt),
    finishedAt: instant(one.State.FinishedAt),
    exitCode: one.State.ExitCode,
    oomKilled: one.State.OOMKilled,
  };
}

const state = z.enum(["created", "running", "paused", "restarting", "removing", "exited", "dead"]);

const listedShape = z.object({
  Id: z.string(),
  Names: z
    .array(z.string())
    .nullish()
    .transform((names) => names ?? []),
  Labels: z.record(z.string(), z.string()).nullish(),
  State: state,
  Image: z.string(),
  ImageID: z.string(),
  Created: z.number(),
});

const inspectedShape = z.object({
  Id: z.string(),
  Name: z.string(),
  Image: z.string(),
  Created: z.string(),
  Config: z.object({
    Image: z.string(),
    Labels: z.record(z.string(), z.string()).nullish(),
    Env: z.array(z.string()).nullish(),
  }),
  State: z.object({
    Status: state,
    Pid: z.number(),
    StartedAt: z.string(),
    FinishedAt: z.string(),
    ExitCode: z.number(),
    OOMKilled: z.boolean().optional(),
  }),
  HostConfig: z.object({
    Runtime: z.string().nullish(),
    DeviceRequests: z
      .array(
        z.object({
          Count: z.number().nullish(),
          DeviceIDs: z.array(z.string()).nullish(),
          Driver: z.string().nullish(),
        }),
      )
      .nullish(),
  }),
});

/** By device request (UUIDs, CDI names) or, for containers of others, by the variable that the NVIDIA runtime reads. */
function devicesGiven(one: z.infer<typeof inspectedShape>): EngineContainer["devices"] {
  const requests = one.HostConfig.DeviceRequests ?? [];
  const named = requests
    .flatMap((request) => request.DeviceIDs ?? [])
    .map((id) => id.replace(/^nvidia\.com\/gpu=/, ""));
  if (named.includes("all") || requests.some((request) => (request.Count ?? 0) !== 0)) return "all";
  if (named.length > 0 || one.HostConfig.Runtime !== "nvidia") return named;
  const visible =
    one.Config.Env?.findLast((line) => line.startsWith("NVIDIA_VISIBLE_DEVICES="))?.split("=")[1] ?? "";
  if (visible === "all") return "all";
  return visible.split(",").filter((id) => !["", "void", "none"].includes(id));
}

/** The engine writes the year 1 for "never". */
function instant(text: string): Date | undefined {
  return text.startsWith("0001-") ? undefined : new Date(text);
}

function plainName(name: string): string {
  return name.replace(/^\//, "");
}
