import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Demo, type DemoOptions, startDemo } from "../demo.ts";
import { chapters } from "./chapters.ts";
import { expectSo, type Story, tellStory } from "./story.ts";

/**
 * The main job without a person: the lab's people at the page's own buttons, and the real ssh. Everything it tells is
 * checked. Returns the exit code: 0 if all was as it should be.
 */
export async function tour(options: DemoOptions, { json }: { json: boolean }): Promise<number> {
  if (options.kind === "memory") {
    console.error("The tour signs in to real containers, which needs root here. Start it with sudo.");
    return 2;
  }
  const print = json ? () => undefined : (line: string) => console.log(line);
  const story = tellStory(print);
  const began = performance.now();
  let demo: Demo | undefined;
  try {
    await forget(options.stateDir);
    await story.step("Everything was started", async () => {
      demo = await startDemo({ ...options, beginsEmpty: true });
      return `${demo.slack.url}\n${demo.server.pretends ?? ""}`;
    });
    if (demo) await tellAll(demo, story, options.stateDir);
  } catch {
    // The step that failed has said so.
  } finally {
    await demo?.stop();
  }
  const failed = story.steps.filter((step) => !step.ok);
  const seconds = Math.round((performance.now() - began) / 100) / 10;
  if (json)
    console.log(JSON.stringify({ ok: failed.length === 0, seconds, steps: story.steps }, undefined, 2));
  else
    console.log(
      `\n${story.steps.length - failed.length} of ${story.steps.length} as it should be, in ${seconds} s.`,
    );
  return failed.length === 0 ? 0 : 1;
}

async function tellAll(demo: Demo, story: Story, stateDir: string): Promise<void> {
  const knownHosts = join(stateDir, "known_hosts");
  await writeFile(knownHosts, "");
  await chapters({ demo, story, knownHosts, stateDir });
  await story.step("Nothing was done that Slack would have frowned at", async () => {
    const complaints = demo.slack.complaints();
    expectSo(complaints.length === 0, `no complaints, not: ${complaints.join("; ")}`);
    return undefined;
  });
}

/** A tour begins with nobody's containers; the engine's images stay, they take a minute to make. */
async function forget(stateDir: string): Promise<void> {
  for (const name of ["ledger", "slack.json", "state", "keys", "policy.yaml"]) {
    await rm(join(stateDir, name), { recursive: true, force: true });
  }
}
