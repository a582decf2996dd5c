import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { allNodes, currentEpoch } from "../ledger/queries/nodes.ts";
import { lateNotices } from "../ledger/queries/problems.ts";
import { minutesFrom } from "../policy/notice-times.ts";
import type { World } from "../world.ts";
import { type Health, healthOf } from "./healthz.ts";
import type { Metrics } from "./metrics.ts";
import { orAway } from "./or-away.ts";
import type { Vitals } from "./vitals.ts";

export type HealthServer = {
  /** Undefined while another process has the port that was asked for. */
  readonly port: number | undefined;
  close(): Promise<void>;
};

/** For this machine alone: containers of members stand on another network. */
const address = "127.0.0.1";
const lateMinutes = 24 * 60;
const tryAgainMs = 5_000;

/**
 * Answers `/healthz` (200 or 503, a short JSON of why) and `/metrics` on the loopback. A port that another process has is
 * waited for, and the bot goes on meanwhile: a second bot on this machine is the standby, and has it when the first one ends.
 */
export async function serveHealth(
  world: World,
  { vitals, metrics, port }: { vitals: Vitals; metrics: Metrics; port: number },
): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const isAsked = request.method === "GET" || request.method === "HEAD";
    const path = isAsked ? (request.url ?? "").replace(/\?.*$/, "") : "";
    answer(world, { vitals, metrics }, path).then(
      (told) => end(response, request.method, told),
      (err: unknown) => {
        world.log.error({ err }, "a monitor's question was not answered");
        end(response, request.method, {
          status: 500,
          type: plain,
          text: "It can't be told; the log says why.\n",
        });
      },
    );
  });
  server.requestTimeout = 10_000;
  const closing = new AbortController();
  let listens = (await listen(server, port)) === undefined;
  const waiting = listens ? Promise.resolve() : waitForPort();
  return {
    get port() {
      return listens ? (server.address() as AddressInfo).port : undefined;
    },
    async close() {
      closing.abort();
      await waiting;
      const closed = new Promise((done) => server.close(done));
      server.closeAllConnections();
      await closed;
    },
  };

  async function waitForPort(): Promise<void> {
    world.log.warn({ port }, "/healthz and /metrics wait for their port: another process has it");
    while (!listens) {
      await world.clock.sleep(tryAgainMs, closing.signal);
      if (closing.signal.aborted) return;
      listens = (await listen(server, port)) === undefined;
    }
    world.log.info({ port }, "/healthz and /metrics are served now");
  }
}

/** Undefined if it listens, else why it does not. */
function listen(server: Server, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message);
    server.once("error", failed);
    server.listen(port, address, () => {
      server.off("error", failed);
      resolve(undefined);
    });
  });
}

type Told = { status: number; type: string; text: string };

const plain = "text/plain; charset=utf-8";

function end(response: ServerResponse, method: string | undefined, { status, type, text }: Told): void {
  response.writeHead(status, { "content-type": type, "cache-control": "no-store" });
  response.end(method === "HEAD" ? undefined : text);
}

async function answer(
  world: World,
  { vitals, metrics }: { vitals: Vitals; metrics: Metrics },
  path: string,
): Promise<Told> {
  if (path === "/metrics") return { status: 200, ...(await metrics.page(world, vitals)) };
  if (path !== "/healthz") return { status: 404, type: plain, text: "There are /healthz and /metrics.\n" };
  const health = await healthNow(world, vitals);
  return { status: health.ok ? 200 : 503, type: "application/json", text: `${JSON.stringify(health)}\n` };
}

async function healthNow(world: World, { role, reach }: Vitals): Promise<Health> {
  const now = world.clock.now();
  const ledger = await orAway(world, async (tx) => ({
    nodes: await allNodes(tx),
    epoch: await currentEpoch(tx),
    lateNotices: await lateNotices(tx, minutesFrom(now, -lateMinutes)),
  }));
  return healthOf({ now, role, slack: reach?.(), ledger });
}
