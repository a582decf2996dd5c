import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { places } from "./places.ts";
import { replaceFile, rootsDirectory } from "./replace-file.ts";

const here = join(import.meta.dirname, "entry");

/**
 * Writes the programs that members' containers start with to where they are mounted from. Called at every start of the bot,
 * before any container is made; containers that run keep what they began with until they are started again.
 */
export async function writeScripts(stateDir: string): Promise<void> {
  const { scripts } = places(stateDir);
  await rootsDirectory(scripts);
  for (const name of await readdir(here))
    await replaceFile(join(scripts, name), await readFile(join(here, name), "utf8"), 0o755);
}

const exits: Record<number, string> = {
  71: "its image has no SSH server",
  72: "its image lacks sudo or setpriv",
  73: "its user, home or workspace could not be set up",
  74: "its SSH server ends as soon as it is started",
};

/** Why the entry script gave up, as the end of a sentence ("because …"); `undefined` if the code is none of its own. */
export function entryFailure(exitCode: number): string | undefined {
  return exits[exitCode];
}
