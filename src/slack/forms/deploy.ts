import { z } from "zod";
import { deployFromNothing } from "../../containers/from-nothing.ts";
import { checkProjectName } from "../../containers/names.ts";
import { gpuOverview } from "../../gpu/overview.ts";
import { imagesOf, imagesSharedTo } from "../../images/list.ts";
import type { ActiveMember } from "../../ledger/schema.ts";
import { addKey, keysOf } from "../../members/keys.ts";
import { limitsAndUse } from "../../members/limits.ts";
import { counted } from "../../sentence.ts";
import type { World } from "../../world.ts";
import { openForm, show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { deployedNow } from "../deployed-now.ts";
import { deviceChoices, wishOf } from "../device-choices.ts";
import {
  basesFor,
  type Environments,
  environmentChoices,
  environmentGiven,
  housesOf,
  readEnvironment,
  usualEnvironment,
} from "../environment-choices.ts";
import { searchInput, selectInput, textInput } from "../inputs.ts";
import { code, mrkdwn, plain } from "../mrkdwn.ts";
import { figure } from "../views/bars.ts";
import { context, page } from "../views/blocks.ts";
import { imageForm } from "./image.ts";

const field = {
  project: z.string({ error: "The project needs a name." }).max(200),
  image: z.string({ error: "Choose what it should be made from." }).max(200),
  devices: z.string({ error: "Choose what it should run on." }).max(75),
  hours: z.coerce.number({ error: "The hours must be a number, such as 8 or 0.5." }),
  /** Asked for only while there is none. */
  key: z.string().max(20_000).optional(),
  workspace: z.string().max(200).optional(),
};

/** What a rule names → where it stands in the form. */
const fieldOf: Record<string, string> = {
  name: "project",
  gpus: "devices",
  model: "devices",
  mig: "devices",
  base: "image",
  framework: "image",
  sets: "image",
  pip: "image",
  apt: "image",
  dockerfile: "image",
};

/** All that a container needs, with what is usual filled in: one form from nothing to an SSH command. */
export const deployForm = defineForm({
  name: "deploy",
  title: "New container",
  submit: "Start",
  for: "members",
  params: z.object({}),
  fields: z.object(field),
  fieldOf: (name) => fieldOf[name] ?? name,
  suggest: {
    image: async ({ world, caller }, query) =>
      environmentChoices(await environments(world, active(caller.member), query), query),
  },
  async draw({ world, caller, given }) {
    const member = active(caller.member);
    const [keys, overview, { limits }, there] = await Promise.all([
      keysOf(world, member),
      gpuOverview(world),
      limitsAndUse(world, member),
      environments(world, member),
    ]);
    return [
      textInput(
        {
          field: "project",
          label: "Project",
          hint: "Lower-case letters, digits and dashes. It names the container and its files.",
        },
        { given: given.project, placeholder: "vision", most: 200 },
      ),
      searchInput(
        {
          field: "image",
          label: "Environment",
          hint: "What is installed in it: an image of yours, one that is ready, or a framework. Type to search.",
        },
        environmentGiven(there, given.image) ?? usualEnvironment(there, given.project),
      ),
      selectInput({ field: "devices", label: "Runs on" }, deviceChoices(overview, limits), given.devices),
      textInput(
        {
          field: "hours",
          label: "Hours",
          hint: `How long you need it, up to ${figure(limits.max_runtime_h)}.`,
        },
        { given: given.hours ?? figure(limits.default_hours), most: 20 },
      ),
      ...(keys.length === 0 ? keyField(given.key) : []),
      textInput(
        {
          field: "workspace",
          label: "Files of another project",
          hint: "Leave this empty to use the project's own files in /workspace.",
          optional: true,
        },
        { given: given.workspace, most: 200 },
      ),
      context(
        mrkdwn`It gets up to ${plain(counted(limits.cpus, "CPU"))} and ${limits.memory_gib} GB of memory.`,
      ),
    ];
  },
  async submitted({ world, caller, values, requestId, prefix }) {
    const { project, devices, hours, key, workspace } = values;
    const environment = readEnvironment(values.image);
    const by = active(caller.member);
    if (environment.is === "own") {
      if (key) await addKey(world, { member: by, text: key });
      return openForm(imageForm, {}, { name: checkProjectName(project) });
    }
    const view = await deployFromNothing(world, {
      by,
      requestId,
      project,
      ...(environment.is === "image" ? { image: environment.text } : {}),
      ...(environment.is === "framework" ? { framework: environment.row } : {}),
      ...(environment.is === "like" ? { like: environment } : {}),
      wish: wishOf(devices),
      hours,
      ...(key ? { key } : {}),
      ...(workspace ? { workspace } : {}),
    });
    return show(page("New container", (await deployedNow(world, view, prefix)).blocks));
  },
});

async function environments(world: World, member: ActiveMember, query?: string): Promise<Environments> {
  const [own, shared] = await Promise.all([imagesOf(world, member), imagesSharedTo(world, member)]);
  return { own, shared, houses: housesOf(world), bases: basesFor(world, query) };
}

function keyField(given: string | undefined) {
  return [
    textInput(
      {
        field: "key",
        label: "Your public SSH key",
        hint: "One line, as in ~/.ssh/id_ed25519.pub. You sign in with it; the private half stays with you.",
      },
      { given, lines: true, placeholder: "ssh-ed25519 AAAA… you@laptop" },
    ),
    context(
      mrkdwn`You have no key here yet. If you have none at all, this makes one: ${code("ssh-keygen -t ed25519")}`,
    ),
  ];
}
