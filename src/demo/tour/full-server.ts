import { accepted, answerTo, cardOf, seenOf } from "./screen.ts";
import { at, type Stage } from "./stage.ts";
import { expectSo } from "./story.ts";

export async function aFullServer(stage: Stage): Promise<void> {
  const { demo, story } = stage;
  const [ana, ben, chloe, dmitri] = [at(demo, "ana"), at(demo, "ben"), at(demo, "chloe"), at(demo, "dmitri")];
  await story.step(
    "Ben and Dmitri took the other two whole GPUs, Chloe a slice, each by one line",
    async () => {
      await answerTo(ben, "/container-deploy speech --gpus 1 --hours 2", /starting/);
      await answerTo(dmitri, "/container-deploy admin-box --gpus 1 --hours 1", /starting/);
      await answerTo(chloe, "/container-deploy slices --mig 2g.10gb --hours 1", /starting/);
      await Promise.all([cardOf(ben, "speech", /ready/), cardOf(dmitri, "admin-box", /ready/)]);
      return (await cardOf(chloe, "slices", /ready/)).text;
    },
  );
  await story.step("Chloe asked for a whole GPU: none is free, so she waits and is told so", async () =>
    answerTo(chloe, "/container-deploy nlp --gpus 1 --hours 1", /1st in the line[\s\S]*No GPU is free/),
  );
  await story.step("Ana stopped hers: the GPU stays hers for a while, so Chloe still waits", async () => {
    accepted(await ana.click(await cardOf(ana, "vision", /ready/), "Stop", { confirmed: true }));
    return seenOf(await cardOf(ana, "vision", /stays yours/))
      .split("\n")
      .slice(0, 3)
      .join("\n");
  });
  await story.step("“Free it now”: Chloe got it at once, in a new message", async () => {
    accepted(await ana.click(await cardOf(ana, "vision", /stays yours/), "Free it now", { confirmed: true }));
    return (await cardOf(chloe, "nlp", /ready/)).text;
  });
  await story.step("Ana wanted hers back: it waits for the GPU it was made with, and says so", async () =>
    answerTo(ana, "/container-run vision", /made with/),
  );
  await story.step("Chloe retired hers, a dialog naming what is lost, and Ana's runs again", async () => {
    const card = await cardOf(chloe, "nlp", /ready/);
    const confirm = chloe.confirmText(card, "Retire");
    expectSo(confirm, "a dialog that names the loss");
    accepted(await chloe.click(card, "Retire", { confirmed: true }));
    await cardOf(ana, "vision", /ready/);
    return confirm;
  });
}
