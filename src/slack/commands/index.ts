import type { CommandWords } from "../answer.ts";
import { type Command, usageOf } from "../define-command.ts";
import { berth } from "./berth.ts";
import { containerDeploy } from "./container-deploy.ts";
import { containerExtend } from "./container-extend.ts";
import { containerList } from "./container-list.ts";
import { containerRetire } from "./container-retire.ts";
import { containerRun } from "./container-run.ts";
import { containerStats } from "./container-stats.ts";
import { containerStop } from "./container-stop.ts";
import { gpuQueue } from "./gpu-queue.ts";
import { gpuStatus } from "./gpu-status.ts";
import { imageCreate } from "./image-create.ts";
import { imageDelete } from "./image-delete.ts";
import { listImages } from "./image-list.ts";
import { imageTag } from "./image-tag.ts";
import { imageUpdate } from "./image-update.ts";
import { limits } from "./limits.ts";
import { sshKey } from "./ssh-key.ts";

/** In the order of help. */
export const commands: readonly Command[] = [
  imageCreate,
  imageUpdate,
  listImages,
  imageTag,
  imageDelete,
  containerDeploy,
  containerList,
  containerRun,
  containerExtend,
  containerStats,
  containerStop,
  containerRetire,
  gpuStatus,
  gpuQueue,
  limits,
  sshKey,
  berth,
];

export function commandWords(prefix: string): CommandWords[] {
  return commands.map((command) => ({
    name: `/${prefix}${command.name}`,
    summary: command.summary,
    usage: usageOf(command, prefix),
    examples: command.examples.map((example) => example.replace(/^\//, `/${prefix}`)),
    forAdmins: command.for === "admins",
  }));
}
