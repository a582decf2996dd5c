import { z } from "zod";
import { defineCommand } from "../define-command.ts";
import { openNewImage } from "../forms/image.ts";

export const imageCreate = defineCommand({
  name: "image-create",
  summary: "Make an environment for your containers: a framework and your packages",
  for: "members",
  args: z.object({ project: z.string().optional() }),
  byPlace: ["project"],
  examples: ["/image-create", "/image-create vision"],
  run: async ({ args }) => openNewImage(args.project),
});
