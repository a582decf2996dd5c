import type { Person } from "../slack/person/person.ts";
import { accepted, answerTo, cardOf, seenOf } from "./screen.ts";
import { at, type Stage } from "./stage.ts";

export async function everydayCommands({ demo, story }: Stage): Promise<void> {
  const [ana, ben] = [at(demo, "ana"), at(demo, "ben")];
  const asked: [Person, string, RegExp][] = [
    [ana, "/container-list", /vision/],
    [ana, "/gpu-status", /GPU 0[\s\S]*ana/],
    [ana, "/limits", /GPU/],
    [ana, "/ssh-key", /SHA256:/],
    [ana, "/berth help", /container-deploy/],
    [ana, "/container-run vision", /ready/],
    [ben, "/container-stop vision", /no container called/],
    [ben, "/container-deploy speech --gpus 2", /limit/],
    [ben, "/container-deploy Speech! --gpus 1", /speech/],
    [ben, "/container-deploy speech --gpuz 1", /--gpus/],
    [ben, "/container-deploy speech --image pyton --gpus 1", /python/],
    [ben, "/container-deploy speech --gpus 1 --hours 400", /hours/],
  ];
  for (const [who, command, words] of asked) {
    await story.step(`${who.sees().me.realName} typed ${command}`, async () => {
      const answer = await answerTo(who, command, words);
      return answer.split("\n").slice(0, 4).join("\n");
    });
  }
  await story.step("“Why?” told the last event and what it was decided from", async () => {
    accepted(await ana.click(await cardOf(ana, "vision", /ready/), "Why?"));
    const modal = await ana.waitForModal((view) => /SSH answers/.test(JSON.stringify(view.blocks)));
    accepted(await ana.close({ all: true }));
    return seenOf({ text: "", blocks: modal.blocks }).split("\n").slice(0, 3).join("\n");
  });
}
