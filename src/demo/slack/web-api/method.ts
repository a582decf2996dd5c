import { z } from "zod";
import type { Workspace } from "../workspace/workspace.ts";

/** A business error: HTTP 200, `{ok: false, error, …}`. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly extra: Record<string, unknown>;
  constructor(error: string, extra: Record<string, unknown> = {}) {
    super(error);
    this.extra = extra;
  }
}

export type Answer = Record<string, unknown>;

export type Method = {
  name: string;
  /** Which token may call it. */
  token: "bot" | "app" | "any";
  /** Bot scopes it needs, all of them. */
  scopes: readonly string[];
  run(workspace: Workspace, args: Record<string, unknown>, context: CallContext): Answer | Promise<Answer>;
};

export type CallContext = { tokenKind: "bot" | "app"; issueSocketUrl(): string };

export function defineMethod<S extends z.ZodType<Record<string, unknown>>>(method: {
  name: string;
  token?: Method["token"];
  scopes: readonly string[];
  args: S;
  run(workspace: Workspace, args: z.output<S>, context: CallContext): Answer | Promise<Answer>;
}): Method {
  return {
    name: method.name,
    token: method.token ?? "bot",
    scopes: method.scopes,
    run(workspace, raw, context) {
      const read = method.args.safeParse(raw);
      if (!read.success) throw new ApiError("invalid_arguments", badArguments(read.error));
      return method.run(workspace, read.data, context);
    },
  };
}

function badArguments(error: z.ZodError): Record<string, unknown> {
  return {
    response_metadata: {
      messages: error.issues.map((issue) =>
        issue.code === "invalid_type"
          ? `[ERROR] missing required field: ${issue.path.join(".")}`
          : `[ERROR] ${issue.message} [json-pointer:/${issue.path.join("/")}]`,
      ),
    },
  };
}

/** Slack's form for broken blocks and views: the same sentences once as `errors` and once in the metadata. */
export function invalid(error: string, complaints: readonly string[]): ApiError {
  return new ApiError(error, {
    errors: complaints,
    response_metadata: { messages: complaints.map((complaint) => `[ERROR] ${complaint}`) },
  });
}

/** Form bodies carry everything as text. */
export const flag = z.union([
  z.boolean(),
  z.enum(["true", "false", "1", "0"]).transform((t) => t === "true" || t === "1"),
]);
