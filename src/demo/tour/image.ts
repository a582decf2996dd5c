import type { Person } from "../slack/person/person.ts";
import type { Message } from "../slack/person-api.ts";
import { accepted, answerTo, cardOf, seenOf, signInLine, wordsOf } from "./screen.ts";
import { at, buildLimitMs, knowHost, retiredWords, type Stage, terminalOf } from "./stage.ts";
import { expectSo } from "./story.ts";

/** From a form to what is inside, to a name for ever, to what was forgotten. */
export async function anImage({ demo, story }: Stage): Promise<void> {
  const ana = at(demo, "ana");
  await story.step(
    "Ana made an image by a form; lines that are no packages were refused at their field",
    async () => {
      accepted(await ana.type("/image-create tools", { channel: "general" }));
      await ana.waitForModal((modal) => "apt" in modal.state);
      const wrong = await ana.submit({ sets: [], apt: "tree\ntree; touch x" });
      expectSo(!wrong.ok, "a line that is no package to be refused");
      const sentence = ana.modal()?.errors.apt;
      accepted(await ana.submit({ apt: "tree" }));
      accepted(await ana.close({ all: true }));
      return sentence;
    },
  );
}

/** False: nothing could be installed by hand, so the image is not built anew. */
export async function anImageAtWork(stage: Stage): Promise<boolean> {
  const { demo, story } = stage;
  const ana = at(demo, "ana");
  const shell = terminalOf(stage, "ana");
  let line = "";
  await story.step(
    "Its message told step by step how it was built, and a new one that it is ready",
    async () => {
      const ready = await imageReady(ana, 1);
      const steps = ana.messages("dm").find(({ text }) => /\*tools\* {2}· {2}built/.test(text));
      expectSo(steps, "the message of the build");
      return [...seenOf(steps).split("\n").slice(0, 9), ready.text].join("\n");
    },
  );
  await story.step("/image-tag: what it is now, under a name for ever", async () =>
    answerTo(ana, "/image-tag tools experiment-1", /experiment-1/),
  );
  await story.step(
    "“Deploy” opened the form with the image in it; over ssh the package is there",
    async () => {
      accepted(await ana.click(await imageReady(ana, 1), "Deploy"));
      await ana.waitForModal((modal) => "devices" in modal.state);
      accepted(await ana.submit({ devices: "cpu" }));
      accepted(await ana.close({ all: true }));
      const card = await cardOf(ana, "tools", /ssh -p/);
      line = signInLine(card);
      await knowHost(stage, ana, card);
      const seen = await shell.ssh(line, "dpkg -s tree | grep ^Status; tree --version");
      expectSo(/^Status: install ok installed/.test(seen), `the package tree, not: ${seen}`);
      return seen;
    },
  );
  let canInstall = false;
  await story.step("She installed one more by hand", async () => {
    const install = "sudo timeout 60 apt-get update -qq && sudo timeout 60 apt-get install -qq -y sl";
    canInstall = /yes/.test(await shell.ssh(line, `(${install}) >/dev/null 2>&1 && echo yes || echo no`));
    return canInstall ? undefined : "The mirror can't be reached from here now: what follows is left out.";
  });
  await story.step(
    canInstall
      ? "/container-retire saw it, and one click made it part of the image"
      : "/container-retire asked, and one click did it",
    async () => {
      accepted(await ana.type("/container-retire tools", { channel: "general" }));
      const asks = canInstall ? /by hand/ : /is lost/;
      const question = await ana.waitForModal((modal) => asks.test(JSON.stringify(modal.blocks)));
      const button = canInstall ? "Retire, and add to the image" : "Retire";
      accepted(await ana.click("modal", button, { confirmed: true }));
      accepted(await ana.close({ all: true }));
      await cardOf(ana, "tools", retiredWords);
      const words = wordsOf({ text: "", blocks: question.blocks }).split("\n");
      return words.find((one) => one.includes("by hand"));
    },
  );
  return canInstall;
}

export async function theNewImage({ demo, story }: Stage): Promise<void> {
  const ana = at(demo, "ana");
  await story.step("Ana's image was built anew meanwhile; experiment-1 is what it was", async () => {
    await imageReady(ana, 2);
    return (await answerTo(ana, "/image-list tools", /experiment-1/)).split("\n").slice(0, 6).join("\n");
  });
}

/** The message that it is ready, for the first or a later time. */
async function imageReady(person: Person, time: number): Promise<Message> {
  const told = () => person.messages("dm").filter(({ text }) => /The image \*tools\* is ready/.test(text));
  await person.waitForMessage("dm", () => told().length >= time, buildLimitMs);
  const message = told()[time - 1];
  expectSo(message, "the message that the image is ready");
  return message;
}
