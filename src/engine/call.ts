import type { Duplex, Readable } from "node:stream";
import Docker from "dockerode";
import { EngineRefused, EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";

/**
 * One request to the engine's API, with a limit. What it answers with a status is told as `Answer`; whatever leaves us
 * without an answer (refused connection, limit over, engine shutting down) throws `EngineSilent`.
 */
export type Call = {
  json(request: Request): Promise<Answer>;
  /**
   * A body that goes on: read it to its end or destroy it. The limit counts until it begins; the signal ends it. `gone`: 404 or 409.
   * Any other status throws `EngineRefused`.
   */
  stream(request: Request): Promise<Readable | "gone">;
  /**
   * A connection that the engine talks back on, after it agreed to change the protocol. The caller destroys it. `gone`: this
   * engine has no such thing.
   */
  talk(
    request: Omit<Request, "query" | "body" | "signal"> & { headers: Record<string, string> },
  ): Promise<Duplex | "gone">;
};

type Request = {
  method: "GET" | "POST" | "DELETE";
  path: string;
  query?: Record<string, string | number | boolean | readonly string[]>;
  body?: object;
  /** A tar archive as the body. */
  file?: Readable;
  headers?: Record<string, string>;
  limitMs: number;
  /** Ends the wait for an answer; the engine may go on with what it was asked. */
  signal?: AbortSignal;
};

export type Answer = { status: number; body: unknown; message: string };

export function engineCalls(dockerHost: string, clock: Clock): Call {
  const { modem } = new Docker(connection(dockerHost));

  return { json, stream, talk };

  async function json(request: Request): Promise<Answer> {
    const answer = await withLimit(request, (signal) => dial(request, signal, "json"));
    if (answer.status >= 500 && goingAway.test(answer.message))
      throw new EngineSilent(`The container engine is not ready: ${answer.message}`);
    return answer;
  }

  async function stream(request: Request): Promise<Readable | "gone"> {
    const answer = await withLimit(request, (signal) => dial(request, signal, "stream"));
    if (answer.status === 404 || answer.status === 409) return "gone";
    if (answer.status !== 200) throw refusal(answer);
    const body = answer.body as Readable;
    // Without a listener an abort later on would end the process.
    body.on("error", () => {});
    return body;
  }

  async function talk(request: Request): Promise<Duplex | "gone"> {
    const answer = await withLimit(request, (signal) => dial(request, signal, "talk"));
    if (answer.status === 404 || answer.status === 501) return "gone";
    if (answer.status !== 200) throw refusal(answer);
    return answer.body as Duplex;
  }

  async function withLimit(request: Request, ask: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const over = new AbortController();
    const answered = new AbortController();
    const limit = clock.sleep(request.limitMs, answered.signal).then((): never => {
      if (!answered.signal.aborted) over.abort();
      throw new EngineSilent(
        `The container engine did not answer in ${request.limitMs / 1000} s (${request.method} ${request.path}).`,
      );
    });
    try {
      const ends = request.signal ? AbortSignal.any([over.signal, request.signal]) : over.signal;
      return await Promise.race([ask(ends), limit]);
    } finally {
      answered.abort();
      limit.catch(() => {});
    }
  }

  function dial(
    { method, path, query, body, file, headers }: Request,
    signal: AbortSignal,
    kind: "json" | "stream" | "talk",
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const options = { _query: query ?? {}, _body: body ?? {} };
      modem.dial(
        {
          path: query ? `${path}?` : path,
          method,
          options,
          isStream: kind === "stream",
          hijack: kind === "talk",
          abortSignal: signal,
          statusCodes: good,
          ...(file ? { file } : {}),
          ...(headers ? { headers } : {}),
        },
        (error: (Error & { statusCode?: number; json?: unknown }) | null, answer: unknown) => {
          if (!error) resolve({ status: 200, body: answer, message: "" });
          else if (error.statusCode === undefined)
            reject(new EngineSilent(`The container engine does not answer: ${error.message}`));
          else resolve({ status: error.statusCode, body: error.json, message: wordsOf(error) });
        },
      );
    });
  }
}

/** For answers that no verb of the port has a result for. */
export function refusal(answer: Answer): EngineRefused {
  return new EngineRefused(`The container engine refused (${answer.status}): ${answer.message}`);
}

const good = { 200: true, 201: true, 204: true };

/** Said by an engine that stops, starts, or has lost its own runtime for a moment: nothing follows from it. */
const goingAway =
  /shutting down|is not running yet|context (deadline exceeded|canceled)|transport is closing|connection refused|connection error|containerd.*(unavailable|not ready)|did not receive an exit event/i;

/**
 * `unix:///var/run/docker.sock`, a plain path, or `tcp://host:port`. Every setting is named, so that nothing of this
 * process's environment gets in between.
 */
function connection(dockerHost: string): Docker.DockerOptions {
  const none = {
    host: undefined,
    port: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    timeout: undefined,
  };
  const socketPath = /^(?:unix:\/\/)?(\/.+)$/.exec(dockerHost)?.[1];
  if (socketPath) return { ...none, protocol: "http", socketPath };
  const url = URL.parse(dockerHost);
  if (!url || !["tcp:", "http:"].includes(url.protocol)) {
    throw new Error("The engine's address must be unix:///path/to/the.sock or tcp://host:port.");
  }
  return { ...none, protocol: "http", host: url.hostname, port: url.port || "2375" };
}

function wordsOf(error: { message: string; json?: unknown }): string {
  const { json } = error;
  const said =
    typeof json === "object" && json !== null && "message" in json ? String(json.message) : error.message;
  return said.replaceAll(/\s+/g, " ").trim();
}
