import { z } from "zod";
import { deploy } from "../../containers/deploy.ts";
import { Refusal } from "../../errors.ts";
import { gpuOverview } from "../../gpu/overview.ts";
import { type CatalogueRow, houseImages } from "../../images/catalogue.ts";
import { keysOf } from "../../members/keys.ts";
import { limitsAndUse } from "../../members/limits.ts";
import { counted } from "../../sentence.ts";
import { type Call, show } from "../answer.ts";
import { active } from "../caller.ts";
import { defineForm } from "../define-form.ts";
import { deviceChoices, wishOf } from "../device-choices.ts";
import { option, searchInput, selectInput, textInput } from "../inputs.ts";
import { mrkdwn, plain } from "../mrkdwn.ts";
import { figure } from "../views/bars.ts";
import { context, page } from "../views/blocks.ts";
import { deployed } from "../views/deployed.ts";

const field = {
  project: z.string({ error: "The project needs a name." }).max(200),
  image: z.string({ error: "Choose an image." }).max(200),
  devices: z.string({ error: "Choose what it should run on." }).max(75),
  hours: z.coerce.number({ error: "The hours must be a number, such as 8 or 0.5." }),
  workspace: z.string().max(200).optional(),
};

/** All that a container needs, with what is usual filled in. */
export const deployForm = defineForm({
  name: "deploy",
  title: "New container",
  submit: "Start",
  for: "members",
  params: z.object({}),
  fields: z.object(field),
  fieldOf: (name) => (["gpus", "model", "mig"].includes(name) ? "devices" : name),
  suggest: { image: (call, query) => imagesLike(call, query).map(imageOption) },
  async draw(call) {
    const { world, caller, given } = call;
    const member = active(caller.member);
    if ((await keysOf(world, member)).length === 0) throw noKeyYet();
    const [overview, { limits }] = await Promise.all([gpuOverview(world), limitsAndUse(world, member)]);
    const images = houseImages(world.catalogue);
    const image = images.find((row) => row.name === given.image) ?? images[0];
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
        { field: "image", label: "Image", hint: "What is installed in it. Type to search." },
        image ? imageOption(image) : undefined,
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
    const view = await deploy(world, {
      by: active(caller.member),
      requestId,
      project: values.project,
      image: values.image,
      wish: wishOf(values.devices),
      hours: values.hours,
      ...(values.workspace ? { workspace: values.workspace } : {}),
    });
    return show(page("New container", deployed(view, prefix).blocks));
  },
});

function noKeyYet(): Refusal {
  return new Refusal("no-key", "You have no SSH key here yet, so you could not sign in to a container.", {
    hint: "Add your public key first; it takes a minute.",
    offers: [{ kind: "add-key" }],
  });
}

function imagesLike({ world }: Call, query: string): CatalogueRow[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return houseImages(world.catalogue).filter((row) => {
    const text = [
      row.name,
      row.framework,
      row.version,
      row.python && `python ${row.python}`,
      row.cuda && `cuda ${row.cuda}`,
      row.os,
    ]
      .filter(Boolean)
      .join(" ")
      .toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

function imageOption(row: CatalogueRow) {
  const facts = [row.python && `Python ${row.python}`, row.cuda && `CUDA ${row.cuda}`, row.os].filter(
    Boolean,
  );
  return option(`${row.framework} ${row.version} (${row.name})`, row.name, facts.join(", ") || undefined);
}
