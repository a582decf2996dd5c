import { z } from "zod";
import { deploy } from "../../containers/deploy.ts";
import { Refusal } from "../../errors.ts";
import { hasReadyImage } from "../../images/is-ready.ts";
import type { Wish } from "../../ledger/schema.ts";
import { onlyToCaller, openForm } from "../answer.ts";
import { active } from "../caller.ts";
import { defineCommand } from "../define-command.ts";
import { deployedNow } from "../deployed-now.ts";
import { choiceOf } from "../device-choices.ts";
import { environmentOf } from "../environment-choices.ts";
import { deployForm } from "../forms/deploy.ts";

const args = z.object({
  project: z.string().optional(),
  image: z.string().optional(),
  framework: z.string().optional(),
  gpus: z.coerce.number({ error: "The number of GPUs must be a number, such as 2." }).optional(),
  model: z.string().optional(),
  mig: z.string().optional(),
  cpuOnly: z.boolean().optional(),
  hours: z.coerce.number({ error: "The hours must be a number, such as 8 or 0.5." }).optional(),
  workspace: z.string().optional(),
});

/**
 * With a project and any flag it acts at once, and with a project alone that has an image of its own. Otherwise the form
 * opens, filled with what was given.
 */
export const containerDeploy = defineCommand({
  name: "container-deploy",
  summary: "Get a container with a GPU, and the SSH command to sign in",
  for: "members",
  // Without a project it can only open the form.
  changes: ({ project }) => project !== undefined,
  args,
  byPlace: ["project"],
  flags: {
    image: "project[:tag]",
    framework: "name[:version]",
    gpus: "N",
    model: "name",
    mig: "profile",
    cpuOnly: "switch",
    hours: "H",
    workspace: "project",
  },
  examples: [
    "/container-deploy",
    "/container-deploy vision --gpus 1 --hours 8",
    "/container-deploy vision --image vision:experiment-42",
    "/container-deploy speech --framework pytorch:2.8",
    "/container-deploy small --mig 1g.5gb",
    "/container-deploy notes --cpu-only",
  ],
  async run({ world, caller, args: given, requestId, prefix }) {
    const by = active(caller.member);
    const wish = wishIn(given);
    refuseTwoEnvironments(given);
    const { project, image, framework, hours, workspace } = given;
    const flags = [wish, image, framework, hours, workspace];
    const isComplete =
      project !== undefined &&
      (flags.some((flag) => flag !== undefined) || (await hasReadyImage(world, by, project)));
    if (!isComplete)
      return openForm(
        deployForm,
        {},
        {
          project,
          image: image ?? (framework === undefined ? undefined : environmentOf(world, framework)),
          workspace,
          devices: wish && choiceOf(wish),
          hours: hours === undefined ? undefined : String(hours),
        },
      );
    const view = await deploy(world, {
      by,
      requestId,
      project,
      ...(image !== undefined ? { image } : {}),
      ...(framework !== undefined ? { framework } : {}),
      ...(wish !== undefined ? { wish } : {}),
      ...(hours !== undefined ? { hours } : {}),
      ...(workspace !== undefined ? { workspace } : {}),
    });
    return onlyToCaller(await deployedNow(world, view, prefix));
  },
});

function refuseTwoEnvironments({ image, framework }: z.infer<typeof args>): void {
  if (image === undefined || framework === undefined) return;
  throw new Refusal("one-environment", "A container is made from one image.", {
    hint: "Take --image for one that is there, or --framework to have a plain one built.",
  });
}

function wishIn({ gpus, model, mig, cpuOnly }: z.infer<typeof args>): Wish | undefined {
  const kinds = [gpus !== undefined || model !== undefined, mig !== undefined, cpuOnly === true];
  if (kinds.filter(Boolean).length > 1)
    throw new Refusal("one-kind", "A container has whole GPUs, or a slice of one, or none.", {
      hint: "Take one of --gpus, --mig and --cpu-only.",
    });
  if (cpuOnly) return { kind: "cpu" };
  if (mig !== undefined) return { kind: "mig", profile: mig };
  if (gpus === undefined && model === undefined) return undefined;
  return { kind: "gpu", count: gpus ?? 1, ...(model !== undefined ? { model } : {}) };
}
