import { z } from "zod";
import { EngineRefused } from "../errors.ts";
import { type Call, refusal } from "./call.ts";

const limitMs = 30_000;

export type NetworkNames = { name: string; bridge: string };

/** Makes the members' bridge if it is missing. One that lets containers talk to each other is refused, never mended. */
export async function ensureBridge(call: Call, instance: string, network: NetworkNames): Promise<void> {
  if (await isThere(call, network)) return;
  const made = await call.json({
    method: "POST",
    path: "/networks/create",
    limitMs,
    body: {
      Name: network.name,
      CheckDuplicate: true,
      Driver: "bridge",
      EnableIPv6: false,
      Labels: { "berth.instance": instance },
      Options: {
        "com.docker.network.bridge.name": network.bridge,
        "com.docker.network.bridge.enable_icc": "false",
        "com.docker.network.bridge.enable_ip_masquerade": "true",
      },
    },
  });
  // 409: somebody else made it in this moment.
  if (made.status === 409 && (await isThere(call, network))) return;
  if (made.status !== 200) throw refusal(made);
}

async function isThere(call: Call, network: NetworkNames): Promise<boolean> {
  const found = await call.json({
    method: "GET",
    path: `/networks/${encodeURIComponent(network.name)}`,
    limitMs,
  });
  if (found.status === 404) return false;
  if (found.status !== 200) throw refusal(found);
  const { Driver, Options } = networkShape.parse(found.body);
  if (Driver !== "bridge" || Options?.["com.docker.network.bridge.enable_icc"] !== "false") {
    throw new EngineRefused(
      `The network ${network.name} is there, but it lets containers reach each other. Remove it (docker network rm ${network.name}); it is made again as it has to be.`,
    );
  }
  return true;
}

const networkShape = z.object({ Driver: z.string(), Options: z.record(z.string(), z.string()).nullish() });
