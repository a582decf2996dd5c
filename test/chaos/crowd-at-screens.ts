import fc from "fast-check";
import { elementsOf } from "../../src/demo/slack/blocks/walk.ts";
import { Impossible } from "../../src/demo/slack/inputs/enter.ts";
import type { Person } from "../../src/demo/slack/person/person.ts";
import type { Outcome } from "../../src/demo/slack/person-api.ts";
import type { SlackSimulator } from "../../src/demo/slack/simulator.ts";

/** So many people share four GPUs: most of them wait. */
export const people = Array.from({ length: 50 }, (_, n) => ({
  id: `UM${n + 1}`,
  name: `m${n + 1}`,
}));

/** What one of them does at their screen: they type something, or press whatever button is before them. */
export const act = fc.record({
  does: fc.oneof(
    { weight: 30, arbitrary: fc.constant("deploy" as const) },
    { weight: 10, arbitrary: fc.constantFrom("stop" as const, "run" as const) },
    { weight: 9, arbitrary: fc.constantFrom("retire" as const, "leave" as const) },
    { weight: 5, arbitrary: fc.constantFrom("extend" as const, "look" as const, "home" as const) },
    { weight: 35, arbitrary: fc.constant("press" as const) },
  ),
  // Some come again and again, so that there is something to do with what they have.
  who: fc.oneof({ weight: 3, arbitrary: fc.nat(11) }, { weight: 4, arbitrary: fc.nat(people.length - 1) }),
  project: fc.constantFrom("vision", "audio"),
  devices: fc.oneof(
    { weight: 5, arbitrary: fc.constant("--gpus 1") },
    { weight: 1, arbitrary: fc.constant("--gpus 2") },
    { weight: 4, arbitrary: fc.constantFrom("--mig 1g.5gb", "--mig 2g.10gb", "--mig 3g.20gb") },
    { weight: 2, arbitrary: fc.constant("--cpu-only") },
  ),
  /** Some are over in half a minute: their end comes while nobody could be told of it in time. */
  hours: fc.constantFrom(0.01, 0.02, 1, 2, 4),
  pick: fc.nat(9999),
  /** Until the same hands do the next thing. */
  pauseMs: fc.integer({ min: 20, max: 400 }),
});
export type Act = typeof act extends fc.Arbitrary<infer T> ? T : never;

const lookings = ["/gpu-queue", "/gpu-status", "/container-list", "/limits", "/container-stats vision"];

/** Returns what came of it, in a word: `acted`, `not answered`, or `nothing to press`. */
export async function obey(slack: SlackSimulator, wanted: Act): Promise<string> {
  const person = slack.as(people[wanted.who]!.id);
  try {
    // A form that the act before opened is not filled in.
    if (person.modal()) await person.close({ all: true });
    return cameOf(await doing(slack, wanted));
  } catch (error) {
    // The screen changed under their hand.
    if (error instanceof Impossible) return "nothing to press";
    throw error;
  }
}

async function doing(
  slack: SlackSimulator,
  { does, who, project, devices, hours, pick }: Act,
): Promise<Outcome | undefined> {
  const person = slack.as(people[who]!.id);
  const type = (line: string) => person.type(line, { channel: "admins" });
  switch (does) {
    case "deploy":
      return type(`/container-deploy ${project} ${devices} --hours ${hours}`);
    case "stop":
    case "leave":
      return type(`/container-stop ${project}`);
    case "run":
      return type(`/container-run ${project}`);
    case "extend":
      return type(`/container-extend ${project} 1`);
    case "look":
      return type(lookings[pick % lookings.length]!);
    case "home":
      return person.openHome();
    case "retire":
      return retire(slack, person, project);
    case "press":
      return press(person, pick);
  }
}

/** It is asked whether that is meant: of one that runs in a window, of any other by a message. */
export async function retire(
  slack: SlackSimulator,
  person: Person,
  project: string,
): Promise<Outcome | undefined> {
  const before = new Set(person.messages("admins").map(({ ts }) => ts));
  const outcome = await person.type(`/container-retire ${project}`, { channel: "admins" });
  if (!outcome.ok) return outcome;
  const asked = () => {
    if (JSON.stringify(person.modal()?.blocks ?? []).includes("Retire it")) return "modal" as const;
    return person.messages("admins").find(({ ts }) => !before.has(ts));
  };
  const answer = await slack.waitFor(asked, 5_000).catch(() => undefined);
  if (answer === undefined) return { ok: false, error: "operation_timeout", message: "Nothing came." };
  return await person.click(answer, "Retire", { confirmed: true });
}

/** One of the buttons of the last messages that have any, in the DM or the channel; its question is answered with yes. */
async function press(person: Person, pick: number): Promise<Outcome | undefined> {
  const seen = ["dm", "admins"].flatMap((place) => person.messages(place).slice(-6));
  const buttons = seen.flatMap((message) =>
    (message.blocks ?? [])
      .flatMap(elementsOf)
      .filter(({ element }) => element.type === "button" && element.url === undefined)
      .map(({ block, element }) => ({ message, action: `${block.block_id}/${element.action_id}` })),
  );
  const one = buttons[pick % (buttons.length || 1)];
  return one && (await person.click(one.message, one.action, { confirmed: true, stale: pick % 2 === 0 }));
}

function cameOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "nothing to press";
  if (outcome.ok) return "acted";
  const isLost = outcome.error === "operation_timeout" || outcome.error === "dispatch_failed";
  return isLost ? "not answered" : `refused by Slack: ${outcome.error}`;
}
