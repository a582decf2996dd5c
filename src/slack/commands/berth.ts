import { z } from "zod";
import { whyNamed } from "../../containers/why.ts";
import { Refusal } from "../../errors.ts";
import { membersInState } from "../../ledger/queries/members.ts";
import { whyGpus } from "../../nodes/why-gpu.ts";
import { nearest } from "../../policy/nearest.ts";
import { type Answer, type Call, onlyToCaller } from "../answer.ts";
import { defineCommand } from "../define-command.ts";
import { helpOverview, helpTopic, topics } from "../views/help.ts";
import { approvals } from "../views/welcome.ts";
import { whyMessage } from "../views/why.ts";
import { whyGpuMessage } from "../views/why-gpus.ts";
import { catalogueOf, diskOf, firstOf, membersOf, reportOf } from "./berth-admin.ts";
import { drainOf, eventsOf, pauseOf, stopOf } from "./berth-halts.ts";

/** What Berth itself can be asked. Words for admins come last. */
const asked: Record<string, (call: Call, rest: string | undefined) => Promise<Answer>> = {
  help,
  why: whyOf,
  approvals: toApprove,
  members: membersOf,
  catalogue: catalogueOf,
  disk: diskOf,
  report: reportOf,
  first: firstOf,
};

/** What admins do and type in a shell too: of these it matters which words were quoted together. */
const done: Record<string, (call: Call, words: readonly string[]) => Promise<Answer>> = {
  drain: drainOf,
  pause: pauseOf,
  stop: stopOf,
  events: eventsOf,
};

export const berth = defineCommand({
  name: "berth",
  summary:
    "Help, and why a container or a GPU is as it is; for admins: who asks to be let in, members and their limits, the line, drain, pause, stop, what happened, the week, the catalogue, the disk",
  for: "anyone",
  args: z.object({ what: z.string().optional(), about: z.string().optional() }),
  byPlace: ["what", "about"],
  takesRest: true,
  examples: ["/berth help", "/berth help first steps", "/berth why vision", "/berth why gpu 3"],
  async run({ args, words, ...call }) {
    const word = (args.what ?? "help").toLowerCase();
    if (Object.hasOwn(done, word)) return await done[word]!(call, words.slice(1));
    if (Object.hasOwn(asked, word)) return await asked[word]!(call, args.about);
    const [near] = nearest(word, Object.keys(call.caller.isAdmin ? { ...asked, ...done } : asked));
    throw new Refusal("unknown-word", `I don't know “${word.slice(0, 40)}”.`, {
      hint: near ? `Did you mean /berth ${near}?` : "/berth help shows what there is.",
    });
  },
});

async function help({ commands, prefix, caller }: Call, about: string | undefined): Promise<Answer> {
  if (about === undefined) return onlyToCaller(helpOverview(commands, prefix, caller.isAdmin));
  const topic = helpTopic(about, prefix);
  if (topic) return onlyToCaller(topic);
  const [near] = nearest(
    about,
    topics.map(({ name }) => name),
  );
  throw new Refusal("no-topic", `There is no help about “${about.slice(0, 40)}”.`, {
    hint: near
      ? `Did you mean “${near}”?`
      : `There is help about ${topics.map(({ name }) => name).join(", ")}.`,
  });
}

async function whyOf({ world, caller }: Call, project: string | undefined): Promise<Answer> {
  if (project === undefined)
    throw new Refusal("word-missing", "Why what?", {
      hint: "It goes like this: /berth why vision, or /berth why gpu 3",
    });
  const who = { by: caller.member, isAdmin: caller.isAdmin };
  const words = project.trim().split(/\s+/);
  const ofGpu = async () => {
    const whys = await whyGpus(world, { ...who, words });
    return onlyToCaller(whyGpuMessage(whys, caller.isAdmin ? "handle" : world.policy.board_names));
  };
  if (words.length > 1 && words.some((word) => word.toLowerCase() === "gpu")) return ofGpu();
  try {
    return onlyToCaller(whyMessage(await whyNamed(world, { ...who, name: project })));
  } catch (error) {
    // A project may be called gpu3; where none is, the GPU is meant.
    if (error instanceof Refusal && /^gpu\d{1,3}$/i.test(project.trim())) return ofGpu();
    throw error;
  }
}

async function toApprove({ world, caller }: Call): Promise<Answer> {
  if (!caller.isAdmin) throw new Refusal("admins-only", "Only admins can do that.");
  const { groups, default_group } = world.policy;
  const asking = await world.ledger.read((tx) => membersInState(tx, "asking"));
  return onlyToCaller(approvals(asking, Object.keys(groups), default_group));
}
