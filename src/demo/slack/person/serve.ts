import { setTimeout as sleep } from "node:timers/promises";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";
import { Impossible } from "../inputs/enter.ts";
import type { Outcome, Suggestions } from "../person-api.ts";
import { mostFileBytes, startFile } from "../workspace/files.ts";
import { slackbotId } from "../workspace/users.ts";
import { act, suggest } from "./act.ts";
import { openTab } from "./home.ts";
import { close, submit } from "./modals.ts";
import { person, snapshot } from "./snapshot.ts";
import { failed, type Stage } from "./stage.ts";
import { type } from "./type.ts";

const entered = z.union([z.string(), z.array(z.string()), z.null()]);
const values = z.record(z.string(), z.record(z.string(), entered));
const place = z.union([
  z.strictObject({ message: z.strictObject({ channel: z.string(), ts: z.string() }) }),
  z.strictObject({ view: z.string() }),
]);
const element = { place, blockId: z.string(), actionId: z.string() };

const deeds = {
  type: z.strictObject({ channel: z.string(), text: z.string() }),
  act: z.strictObject({
    ...element,
    value: entered.optional(),
    confirmed: z.boolean().optional(),
    values: values.optional(),
  }),
  suggest: z.strictObject({ ...element, query: z.string() }),
  submit: z.strictObject({ view: z.string(), values }),
  close: z.strictObject({ view: z.string(), all: z.boolean().optional() }),
  "open-home": z.strictObject({}),
  "open-dm": z.strictObject({}),
};
type Deed = keyof typeof deeds;

/** The person API of person-api.ts. */
export function servePeople(http: FastifyInstance, stage: Stage): void {
  const { workspace } = stage;
  const visible = () =>
    [...workspace.users.values()].filter((u) => !u.isBot && !u.deleted && u.id !== slackbotId);
  const userOf = (id: string) => visible().find((u) => u.id === id);

  // A form on another site's page can send neither of these without asking first.
  http.addHook("preValidation", async (request, reply) => {
    const type = request.headers["content-type"] ?? "";
    if (
      request.method !== "POST" ||
      !request.url.startsWith("/person/") ||
      /^application\/(json|octet-stream)\b/.test(type)
    )
      return;
    return reply.code(415).send(failed("bad_request", "Send JSON."));
  });

  http.get("/person", () => visible().map((user) => person(workspace, user)));

  http.get("/person/:user", (request, reply) => {
    const user = userOf((request.params as { user: string }).user);
    return user
      ? snapshot(workspace, user)
      : reply.code(404).send(failed("user_not_found", "There is no such person."));
  });

  http.get("/person/:user/events", (request, reply) => {
    const { user } = request.params as { user: string };
    if (!userOf(user)) return reply.code(404).send(failed("user_not_found", "There is no such person."));
    stream(stage, user, reply);
    return reply;
  });

  http.post("/person/:user/upload", { bodyLimit: mostFileBytes }, (request, reply) => {
    const { user } = request.params as { user: string };
    const { name } = request.query as { name?: string };
    if (!userOf(user) || !name || !Buffer.isBuffer(request.body))
      return reply.code(400).send(failed("bad_upload", "An upload needs a person, a name and bytes."));
    const file = startFile(workspace, user, name);
    Object.assign(file, { bytes: request.body, sizeBytes: request.body.length, complete: true });
    return { ok: true, id: file.id };
  });

  for (const deed of Object.keys(deeds) as Deed[])
    http.post(`/person/:user/${deed}`, async (request, reply) => {
      const { user } = request.params as { user: string };
      if (!userOf(user)) return reply.code(404).send(failed("user_not_found", "There is no such person."));
      const body = deeds[deed].safeParse(request.body);
      if (!body.success) return reply.code(400).send(failed("bad_request", z.prettifyError(body.error)));
      try {
        return await carryOut(stage, user, deed, body.data);
      } catch (error) {
        if (error instanceof Impossible) return failed("impossible", error.message);
        throw error;
      }
    });
}

function carryOut(stage: Stage, user: string, deed: Deed, body: unknown): Promise<Outcome | Suggestions> {
  if (stage.workspace.faults.isAway)
    return Promise.resolve(failed("slack_away", "Slack can't be reached at the moment."));
  switch (deed) {
    case "type": {
      const { channel, text } = body as z.infer<(typeof deeds)["type"]>;
      return type(stage, user, channel, text);
    }
    case "act":
      return act(stage, user, body as z.infer<(typeof deeds)["act"]>);
    case "suggest":
      return suggest(stage, user, body as z.infer<(typeof deeds)["suggest"]>);
    case "submit": {
      const { view, values } = body as z.infer<(typeof deeds)["submit"]>;
      return submit(stage, user, view, values);
    }
    case "close":
      return close(stage, user, body as z.infer<(typeof deeds)["close"]>);
    case "open-home":
      return openTab(stage, user, "home");
    case "open-dm":
      return openTab(stage, user, "messages");
  }
}

/** Changes that follow one another within this time are told as one. */
const gatherMs = 30;

/** Snapshots as server-sent events, until the page goes away. */
function stream(stage: Stage, userId: string, reply: FastifyReply): void {
  const { workspace } = stage;
  reply.hijack();
  const out = reply.raw;
  out.writeHead(200, {
    "content-type": "text/event-stream",
    "cache-control": "no-store",
    connection: "keep-alive",
  });
  let toldVersion = -1;
  let gathering = false;
  const tell = () => {
    const user = workspace.users.get(userId);
    if (!user || out.destroyed || toldVersion === workspace.version) return;
    const seen = snapshot(workspace, user);
    toldVersion = seen.version;
    out.write(`event: snapshot\ndata: ${JSON.stringify(seen)}\n\n`);
  };
  const gather = async () => {
    if (gathering) return;
    gathering = true;
    await sleep(gatherMs);
    gathering = false;
    tell();
  };
  const onChange = () => void gather();
  workspace.onChange.add(onChange);
  const beats = setInterval(() => out.write(": still here\n\n"), 15_000);
  beats.unref();
  out.on("close", () => {
    workspace.onChange.delete(onChange);
    clearInterval(beats);
  });
  tell();
}
