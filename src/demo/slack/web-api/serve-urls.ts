import type { FastifyInstance } from "fastify";
import type { RespondEntry } from "../journal.ts";
import { mostFileBytes } from "../workspace/files.ts";
import { respond } from "../workspace/response-urls.ts";
import type { Workspace } from "../workspace/workspace.ts";

/** Slack's other addresses: response_urls, uploads and downloads. */
export function serveUrls(http: FastifyInstance, workspace: Workspace): void {
  http.post("/respond/:team/:id", (request, reply) => {
    const { id } = request.params as { id: string };
    const fault = workspace.faults.strike("response_url", (request.body ?? {}) as Record<string, unknown>);
    if (workspace.faults.isAway || fault?.cut) {
      reply.hijack();
      reply.raw.socket?.destroy();
      return reply;
    }
    const entry: Omit<RespondEntry, "seq" | "atMs"> = {
      kind: "respond",
      url: `${workspace.url}${request.url}`,
      body: request.body,
      status: 200,
      answer: "ok",
    };
    if (fault) {
      entry.status = fault.retryAfterSeconds !== undefined ? 429 : (fault.status ?? 500);
      entry.answer = fault.error ?? "";
      if (fault.afterEffect) respond(workspace, id, request.body);
      if (fault.retryAfterSeconds !== undefined)
        void reply.header("retry-after", String(fault.retryAfterSeconds));
    } else {
      const responded = respond(workspace, id, request.body);
      if (!responded.ok) {
        entry.status = responded.status;
        entry.answer = JSON.stringify({ ok: false, error: responded.error });
        if (responded.complaints)
          workspace.journal.complain(
            `A response can't be shown: ${responded.error}: ${responded.complaints.join("; ")}`,
          );
      }
    }
    workspace.journal.add(entry);
    return reply.code(entry.status).send(entry.answer);
  });

  // Bytes as they are, or a form with one file in it, which is how the WebClient sends them.
  http.post("/upload/:id", { bodyLimit: mostFileBytes }, async (request, reply) => {
    const file = workspace.files.get((request.params as { id: string }).id);
    if (!file || file.complete || !Buffer.isBuffer(request.body)) return reply.code(404).send("not_found");
    const bytes = await fileBytes(request.body, request.headers["content-type"] ?? "");
    if (!bytes || bytes.length !== file.sizeBytes) return reply.code(400).send("bad length");
    file.bytes = bytes;
    return reply.send(`OK - ${bytes.length}`);
  });

  /** Apps download with their token; the page shows the same files without one, as a signed-in browser would. */
  http.get("/files-pri/:file/:name", (request, reply) => {
    const id = (request.params as { file: string }).file.split("-").at(-1) ?? "";
    const allowed = workspace.manifest.oauth_config.scopes.bot.includes("files:read");
    if (request.headers.authorization !== `Bearer ${workspace.settings.botToken}` || !allowed)
      return reply.code(302).header("location", "/").send();
    return sendStored(id);
    function sendStored(fileId: string) {
      const file = workspace.files.get(fileId);
      if (!file?.complete || !file.forApp) return reply.code(404).send("file_not_found");
      return reply.type(file.mimetype).send(file.bytes);
    }
  });

  http.get("/files/:id", (request, reply) => {
    const file = workspace.files.get((request.params as { id: string }).id);
    if (!file?.complete) return reply.code(404).send("file_not_found");
    return reply
      .header("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox")
      .header("x-content-type-options", "nosniff")
      .type(file.mimetype)
      .send(file.bytes);
  });
}

async function fileBytes(body: Buffer, contentType: string): Promise<Buffer | undefined> {
  if (!contentType.startsWith("multipart/form-data")) return body;
  try {
    const form = await new Response(new Uint8Array(body), {
      headers: { "content-type": contentType },
    }).formData();
    const file = [...form.values()].find((value) => typeof value !== "string");
    return file ? Buffer.from(await (file as Blob).arrayBuffer()) : undefined;
  } catch {
    return undefined;
  }
}
