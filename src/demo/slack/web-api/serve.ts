import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Fault } from "../faults.ts";
import type { CallEntry } from "../journal.ts";
import { countRates, type Rates } from "../rates.ts";
import { looksReal } from "../settings.ts";
import type { Workspace } from "../workspace/workspace.ts";
import { chatMethods } from "./chat.ts";
import { fileMethods } from "./files.ts";
import { type Answer, ApiError, type CallContext, type Method } from "./method.ts";
import { peopleMethods } from "./people.ts";
import { viewMethods } from "./views.ts";

const methods = new Map(
  [...peopleMethods, ...chatMethods, ...viewMethods, ...fileMethods].map((method) => [method.name, method]),
);

/** Slack's Web API under `/api/`, with forms and JSON. */
export function serveWebApi(http: FastifyInstance, workspace: Workspace, issueSocketUrl: () => string): void {
  const rates = countRates(workspace.clock);
  http.route({
    method: ["GET", "POST"],
    url: "/api/:method",
    async handler(request, reply) {
      const { method } = request.params as { method: string };
      const given = argumentsOf(request);
      const token = tokenOf(request, given);
      const { args, unreadable } = readJsonArguments(given);
      const { token: _token, ...shown } = args;
      const entry = workspace.journal.add({
        kind: "call",
        method,
        args: shown,
        status: 0,
        answer: {},
      } as Omit<CallEntry, "seq" | "atMs">);
      const call = { name: method, args, token, unreadable };
      const answer = await answerCall(workspace, rates, call, issueSocketUrl);
      return send(reply, entry as CallEntry, answer);
    },
  });
}

/** An HTTP answer; `cut` closes the connection instead. */
type HttpAnswer = {
  status: number;
  body: Answer;
  retryAfterSeconds?: number;
  cut?: boolean;
  scopes?: readonly string[];
  /** What the token that called has. */
  tokenScopes?: readonly string[];
};

/** `unreadable`: Slack's error for an argument whose JSON can't be read. */
type Call = {
  name: string;
  args: Record<string, unknown>;
  token: string | undefined;
  unreadable: string | undefined;
};

async function answerCall(
  workspace: Workspace,
  rates: Rates,
  call: Call,
  issueSocketUrl: () => string,
): Promise<HttpAnswer> {
  if (workspace.faults.isAway) return { status: 0, body: {}, cut: true };
  const fault = workspace.faults.strike(call.name, call.args);
  if (fault?.delayMs) await sleep(fault.delayMs, undefined, { ref: false });
  const isOnlySlow =
    fault && !fault.cut && !fault.error && !fault.status && fault.retryAfterSeconds === undefined;
  if (!fault || isOnlySlow) return carryOut(workspace, rates, call, issueSocketUrl);
  if (fault.afterEffect) await carryOut(workspace, rates, call, issueSocketUrl);
  return struck(fault);
}

function struck(fault: Fault): HttpAnswer {
  if (fault.cut) return { status: 0, body: {}, cut: true };
  if (fault.retryAfterSeconds !== undefined) return tooMany(fault.retryAfterSeconds);
  if (fault.status !== undefined) return { status: fault.status, body: {} };
  return { status: 200, body: { ok: false, error: fault.error } };
}

function tooMany(retryAfterSeconds: number): HttpAnswer {
  return { status: 429, body: { ok: false, error: "ratelimited" }, retryAfterSeconds };
}

async function carryOut(
  workspace: Workspace,
  rates: Rates,
  call: Call,
  issueSocketUrl: () => string,
): Promise<HttpAnswer> {
  const { name, args, token, unreadable } = call;
  const method = methods.get(name);
  try {
    if (!method) throw new ApiError("unknown_method", { req_method: name });
    const tokenKind = authorise(workspace, method, token);
    if (workspace.settings.rates === "slack") {
      const waitSeconds = rates.spend(name, args.channel as string | undefined);
      if (waitSeconds !== undefined) return tooMany(waitSeconds);
    }
    if (unreadable) throw new ApiError(unreadable);
    const context: CallContext = { tokenKind, issueSocketUrl };
    const answer = await method.run(workspace, args, context);
    const tokenScopes =
      tokenKind === "bot" ? { tokenScopes: workspace.manifest.oauth_config.scopes.bot } : {};
    return { status: 200, body: { ok: true, ...answer }, scopes: method.scopes, ...tokenScopes };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return {
      status: 200,
      body: { ok: false, error: error.message, ...error.extra },
      scopes: method?.scopes ?? [],
    };
  }
}

function authorise(workspace: Workspace, method: Method, token: string | undefined): "bot" | "app" {
  const { botToken, appToken } = workspace.settings;
  if (!token) throw new ApiError("not_authed");
  if (looksReal(token)) {
    workspace.journal.complain(
      `${method.name}: a token that looks like a real one was sent to the simulator.`,
    );
    throw new ApiError("invalid_auth");
  }
  const kind = token === botToken ? "bot" : token === appToken ? "app" : undefined;
  if (!kind) throw new ApiError("invalid_auth");
  if (method.token !== "any" && method.token !== kind) throw new ApiError("not_allowed_token_type");
  const provided = workspace.manifest.oauth_config.scopes.bot;
  const missing = kind === "bot" ? method.scopes.filter((scope) => !provided.includes(scope)) : [];
  if (missing.length > 0)
    throw new ApiError("missing_scope", { needed: missing.join(","), provided: provided.join(",") });
  return kind;
}

function tokenOf(request: FastifyRequest, args: Record<string, unknown>): string | undefined {
  const header = /^Bearer (.+)$/.exec(request.headers.authorization ?? "")?.[1];
  return header ?? (typeof args.token === "string" ? args.token : undefined);
}

function argumentsOf(request: FastifyRequest): Record<string, unknown> {
  const body = request.body;
  const given = typeof body === "object" && body !== null && !Array.isArray(body) ? body : {};
  return { ...(request.query as Record<string, unknown>), ...(given as Record<string, unknown>) };
}

/** Arguments that are JSON inside a form. What can't be read is Slack's own error for that argument. */
const jsonArguments: Readonly<Record<string, string>> = {
  blocks: "invalid_blocks_format",
  view: "invalid_arguments",
  attachments: "invalid_attachments",
  metadata: "invalid_metadata_format",
  files: "invalid_arguments",
};

function readJsonArguments(given: Record<string, unknown>): Pick<Call, "args" | "unreadable"> {
  const args = { ...given };
  let unreadable: string | undefined;
  for (const [name, error] of Object.entries(jsonArguments)) {
    const value = args[name];
    if (typeof value !== "string") continue;
    try {
      args[name] = JSON.parse(value);
    } catch {
      unreadable ??= error;
    }
  }
  return { args, unreadable };
}

function send(reply: FastifyReply, entry: CallEntry, answer: HttpAnswer): FastifyReply {
  entry.status = answer.status;
  entry.answer = answer.body;
  if (answer.cut) {
    reply.hijack();
    reply.raw.socket?.destroy();
    return reply;
  }
  if (answer.retryAfterSeconds !== undefined)
    void reply.header("retry-after", String(answer.retryAfterSeconds));
  if (answer.tokenScopes) void reply.header("x-oauth-scopes", answer.tokenScopes.join(","));
  if (answer.scopes) void reply.header("x-accepted-oauth-scopes", answer.scopes.join(","));
  return reply.code(answer.status).send(answer.body);
}
