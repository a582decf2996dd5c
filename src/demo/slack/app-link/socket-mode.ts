import { randomBytes } from "node:crypto";
import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import { limits } from "../limits.ts";
import { changed, type Workspace } from "../workspace/workspace.ts";
import type { Carrier, Envelope } from "./deliver.ts";

export type SocketMode = Carrier & {
  /** For `apps.connections.open`: an address that lets one socket in, once, within 30 s. */
  issueUrl(): string;
};

const path = "/link/";
/** Real Slack pings too; Bolt gives a silent server up after 30 s. */
const pingEveryMs = 10_000;

/** Slack's end of Socket Mode: hello, envelopes, acknowledgements, refresh. Envelopes go to the open sockets in turn. */
export function serveSocketMode(workspace: Workspace, server: Server): SocketMode {
  const { clock, faults, journal, settings } = workspace;
  const wss = new WebSocketServer({ noServer: true });
  const tickets = new Map<string, number>();
  const sockets = new Set<WebSocket>();
  const waiting = new Map<string, (payload: unknown) => void>();
  let turn = 0;

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const ticket = url.searchParams.get("ticket") ?? "";
    const issuedMs = tickets.get(ticket);
    tickets.delete(ticket);
    const fresh = issuedMs !== undefined && clock.now() - issuedMs <= limits.ticketLifeMs;
    if (faults.isAway || !url.pathname.startsWith(path) || !fresh) {
      socket.end("HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => welcome(ws));
  };
  server.on("upgrade", upgrade);

  function welcome(ws: WebSocket): void {
    if (settings.delivery.kind !== "socket") {
      sayGoodbye(ws, "link_disabled");
      return;
    }
    if (sockets.size >= limits.connections) {
      sayGoodbye(ws, "too_many_websockets");
      return;
    }
    sockets.add(ws);
    ws.on("message", (data) => {
      hear(String(data));
    });
    ws.on("close", () => {
      sockets.delete(ws);
      changed(workspace);
    });
    ws.on("error", () => ws.terminate());
    ws.send(
      JSON.stringify({
        type: "hello",
        num_connections: sockets.size,
        debug_info: { host: "simulated", build_number: 1, approximate_connection_time: 18_060 },
        connection_info: { app_id: settings.appId },
      }),
    );
    changed(workspace);
  }

  function hear(text: string): void {
    let message: { envelope_id?: unknown; payload?: unknown };
    try {
      message = JSON.parse(text);
    } catch {
      journal.complain("Over the socket came something that is not JSON.");
      return;
    }
    const answered = waiting.get(String(message.envelope_id));
    if (!answered) journal.complain("An acknowledgement names an envelope that is not known.");
    else answered(message.payload);
  }

  function sayGoodbye(ws: WebSocket, reason: string): void {
    ws.send(JSON.stringify({ type: "disconnect", reason, debug_info: { host: "simulated" } }));
    if (reason === "warning") return;
    // The app closes; if it doesn't, Slack does.
    setTimeout(() => ws.terminate(), 5_000).unref();
  }

  faults.sockets.drop = () => {
    for (const ws of sockets) ws.terminate();
  };
  faults.sockets.refresh = (reason) => {
    for (const ws of sockets) {
      if (reason !== "warning") sockets.delete(ws);
      sayGoodbye(ws, reason);
    }
  };

  const pings = setInterval(() => {
    for (const ws of sockets) ws.ping();
  }, pingEveryMs);
  pings.unref();

  return {
    issueUrl() {
      const ticket = randomBytes(16).toString("hex");
      tickets.set(ticket, clock.now());
      return `${workspace.url.replace(/^http/, "ws")}${path}?ticket=${ticket}&app_id=${settings.appId}`;
    },
    isConnected: () => sockets.size > 0,
    send(envelope, answered, failed) {
      const open = [...sockets].filter((ws) => ws.readyState === ws.OPEN);
      const ws = open[turn++ % Math.max(open.length, 1)];
      if (!ws) return false;
      remember(envelope.id, answered);
      ws.send(JSON.stringify(written(envelope)), (error) => {
        if (error) failed("The socket broke while it was sent.");
      });
      return true;
    },
    async close() {
      clearInterval(pings);
      server.off("upgrade", upgrade);
      await partFrom([...wss.clients]);
      wss.close();
    },
  };

  /** Late acknowledgements must be told apart from unknown ones, so envelopes are remembered for a while. */
  function remember(id: string, answered: (payload: unknown) => void): void {
    waiting.set(id, answered);
    const oldest = waiting.size > 10_000 ? waiting.keys().next().value : undefined;
    if (oldest !== undefined) waiting.delete(oldest);
  }
}

function written(envelope: Envelope): Record<string, unknown> {
  return {
    envelope_id: envelope.id,
    type: envelope.type,
    payload: envelope.payload,
    accepts_response_payload: envelope.acceptsResponse,
    ...(envelope.type === "events_api"
      ? { retry_attempt: envelope.retryAttempt, retry_reason: envelope.retryReason }
      : {}),
  };
}

/** Closes politely, and after half a second without politeness. */
async function partFrom(sockets: WebSocket[]): Promise<void> {
  const closed = sockets.map(
    (ws) =>
      new Promise<void>((resolve) => {
        ws.once("close", () => resolve());
        ws.close(1001);
      }),
  );
  await Promise.race([Promise.all(closed), new Promise((resolve) => setTimeout(resolve, 500).unref())]);
  for (const ws of sockets) ws.terminate();
}
