import { accepted, answerTo, cardOf, seenOf, signInLine, wordsOf } from "./screen.ts";
import { at, buildLimitMs, keyOf, knowHost, retiredWords, type Stage, terminalOf } from "./stage.ts";
import { expectSo } from "./story.ts";

export async function newcomer({ demo, story }: Stage): Promise<void> {
  const [eve, dmitri] = [at(demo, "eve"), at(demo, "dmitri")];
  await story.step("Eve, who is new, wrote to Berth and was welcomed with one button", async () => {
    accepted(await eve.type("/berth help", { channel: "general" }));
    return (await eve.waitForMessage("dm", "Welcome")).text;
  });
  await story.step("She chose her user name, and Dmitri, an admin, let her in", async () => {
    accepted(await eve.click(await eve.waitForMessage("dm", "Welcome"), "Choose my user name"));
    await eve.waitForModal((modal) => wordsOf({ text: "", blocks: modal.blocks }).includes("User name"));
    accepted(await eve.submit({ handle: "eve" }));
    const asked = await dmitri.waitForMessage("berth-admins", /asks to join/);
    accepted(await dmitri.click(asked, "Let in as student"));
    return (await eve.waitForMessage("dm", /Welcome aboard/)).text;
  });
}

/** Eve has nothing at all: neither key nor image. */
export async function oneForm({ demo, story }: Stage): Promise<void> {
  const eve = at(demo, "eve");
  await story.step(
    "Eve filled in one form: a name, a framework, no GPU, her key. Key, image and container came in one go",
    async () => {
      accepted(await eve.type("/container-deploy first", { channel: "general" }));
      await eve.waitForModal((modal) => /public SSH key/.test(JSON.stringify(modal.blocks)));
      const offered = await eve.suggest("modal", "image", "");
      expectSo(offered.ok && offered.groups, "what there is, in groups");
      const { publicKey } = keyOf(demo, "eve");
      accepted(await eve.submit({ image: "make plain-python", devices: "cpu", key: publicKey }));
      accepted(await eve.close({ all: true }));
      const card = await cardOf(eve, "first", /its image is being built/);
      const groups = offered.groups.map(({ label, options }) => `${label.text}: ${options.length}`);
      return [`The list offered: ${groups.join(", ")}`, ...seenOf(card).split("\n").slice(0, 3)].join("\n");
    },
  );
}

export async function whatCameOfIt(stage: Stage): Promise<void> {
  const { demo, story } = stage;
  const eve = at(demo, "eve");
  await story.step("Meanwhile Eve's image was built and her container started; it is hers", async () => {
    const card = await cardOf(eve, "first", /is ready/, buildLimitMs);
    const line = signInLine(card);
    await knowHost(stage, eve, card);
    const seen = await terminalOf(stage, "eve").ssh(line, "id -un; command -v python3");
    expectSo(seen.trim() === "eve\n/opt/venv/bin/python3", `eve and her own Python, not ${seen}`);
    return seenOf(card).split("\n").slice(0, 2).join("\n");
  });
  await story.step("She retired it. The image, which she did not have to know of, stays", async () => {
    accepted(await eve.click(await cardOf(eve, "first", /is ready/), "Retire", { confirmed: true }));
    await cardOf(eve, "first", retiredWords);
    return (await answerTo(eve, "/image-list", /first/)).split("\n").slice(0, 3).join("\n");
  });
}
