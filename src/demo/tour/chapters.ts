import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { everydayCommands } from "./commands.ts";
import { comingBack, firstContainer, insideIt, theEnd } from "./container.ts";
import { aFullServer } from "./full-server.ts";
import { anImage, anImageAtWork, theNewImage } from "./image.ts";
import { newcomer, oneForm, whatCameOfIt } from "./newcomer.ts";
import type { Stage } from "./stage.ts";

/** The whole story, in the order a lab would live it. */
export async function chapters(stage: Stage): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "berth-tour-"));
  try {
    await newcomer(stage);
    await oneForm(stage);
    const line = await firstContainer(stage);
    await insideIt(stage, line, scratch);
    await whatCameOfIt(stage);
    await anImage(stage);
    await everydayCommands(stage);
    const isBuiltAnew = await anImageAtWork(stage);
    await aFullServer(stage);
    await comingBack(stage, line);
    if (isBuiltAnew) await theNewImage(stage);
    await theEnd(stage);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
