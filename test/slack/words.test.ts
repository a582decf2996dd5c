import { afterAll, beforeAll, expect, test } from "vitest";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

/** Bad input is answered in words, where the person is, and nothing happens. */

let desk: FrontDesk;

beforeAll(async () => {
  desk = await openDesk();
});
afterAll(async () => {
  await desk.end();
});

/** What the person reads as the answer to that line. */
async function answerTo(line: string, who: "ana" | "eve" = "ana"): Promise<string> {
  const person = desk[who];
  const before = new Set(person.messages("gpu").map((message) => message.ts));
  expect(await person.type(line, { channel: "gpu" })).toEqual({ ok: true });
  const answer = await person.waitForMessage(
    "gpu",
    (message) => message.ephemeral && !before.has(message.ts),
  );
  expect(answer.text).not.toBe("");
  return wordsIn(answer.blocks);
}

test.each([
  [
    "an unknown flag",
    "/container-deploy vision --gpu 2",
    ["There is no --gpu. Did you mean --gpus?", "/container-deploy [project]"],
  ],
  [
    "a word too many",
    "/container-stop vision now",
    ["I don't know what to do with “now”.", "/container-stop <project>"],
  ],
  ["a missing word", "/container-run", ["The project is missing.", "/container-run <project>"]],
  ["a number that is none", "/container-deploy vision --gpus two", ["must be a number"]],
  [
    "a bad project name",
    "/container-deploy Meine_Vision! --gpus 1",
    ["“Meine_Vision!” can't be a project's name.", "for example “meine-vision”"],
  ],
  [
    "more GPUs than exist",
    "/container-deploy vision --gpus 40",
    ["There are at most 4 GPUs for one container"],
  ],
  [
    "more GPUs than the limit",
    "/container-deploy vision --gpus 3",
    ["Your limit is 2 GPUs in one container; you asked for 3."],
  ],
  [
    "hours beyond the limit",
    "/container-deploy vision --gpus 1 --hours 1000",
    ["1000 hours are more than you may ask for at once.", "up to 24 hours"],
  ],
  ["hours below zero", "/container-deploy vision --hours -1", ["The hours must be a number above 0."]],
  ["an image that isn't there", "/container-deploy vision --image huose", ["house"]],
  [
    "a slice that isn't there",
    "/container-deploy vision --mig 9g.90gb",
    ["There is no slice 9g.90gb on this server."],
  ],
  [
    "a GPU model that isn't there",
    "/container-deploy vision --model h100",
    ["There is no GPU called h100 on this server."],
  ],
  [
    "two kinds of devices",
    "/container-deploy vision --gpus 1 --cpu-only",
    ["Take one of --gpus, --mig and --cpu-only."],
  ],
  [
    "a workspace of nobody",
    "/container-deploy vision --gpus 1 --workspace other",
    ["You have no project “other”"],
  ],
  ["a container that isn't there", "/container-stop vision", ["You have no container called “vision”."]],
  ["a key that isn't one", "/ssh-key add hello", []],
  [
    "a private key pasted by mistake",
    "/ssh-key add -----BEGIN OPENSSH PRIVATE KEY----- b3BlbnNzaC1",
    ["private"],
  ],
  ["an unknown word", "/berth hlep", ["I don't know “hlep”.", "Did you mean /berth help?"]],
  ["a topic that isn't there", "/berth help qqqqqqqqq", ["There is no help about “qqqqqqqqq”."]],
  ["what is for admins", "/berth approvals", ["Only admins can do that."]],
])("%s", async (_what, line, parts) => {
  const words = await answerTo(line);
  for (const part of parts) expect(words).toContain(part);
  expect(words).not.toContain("Something broke");
});

const nasty = [
  "<!channel>",
  "<@UBEN>",
  "*bold*_it_~no~`code`",
  "$(reboot)`id`;rm -rf /|&",
  "🚀🦊",
  "&lt;b&gt;",
  "<script>alert(1)</script>",
  "a\u0000b\u202Ec",
  "../../etc/passwd",
  "' or 1=1 --",
  "⟦1⟧",
  "x".repeat(900),
];

test.each(nasty)(
  "%s in every argument is a plain answer",
  async (text) => {
    const word = `"${text}"`;
    for (const line of [
      `/container-deploy ${word} --gpus 1`,
      `/container-deploy vision --image ${word}`,
      `/container-deploy vision --gpus ${word}`,
      `/container-deploy vision --model ${word}`,
      `/container-deploy vision --mig ${word}`,
      `/container-deploy vision --hours ${word}`,
      `/container-deploy vision --gpus 1 --workspace ${word}`,
      `/container-run ${word}`,
      `/container-stop ${word}`,
      `/container-retire ${word}`,
      `/ssh-key add ${word}`,
      `/ssh-key remove ${word}`,
      `/ssh-key ${word}`,
      `/berth ${word}`,
      `/berth help ${word}`,
      `/berth why ${word}`,
      `/gpu-status ${word}`,
    ]) {
      const person = desk.ana;
      const before = new Set(person.messages("gpu").map((message) => message.ts));
      await person.type(line, { channel: "gpu" });
      const answer = await person.waitForMessage(
        "gpu",
        (message) => message.ephemeral && !before.has(message.ts),
      );
      const all = JSON.stringify(answer);
      expect(all, line).not.toContain("Something broke");
      expect(answer.text, line).not.toMatch(/<!(channel|here|everyone)|<@U/);
      for (const block of answer.blocks ?? [])
        if (block.type === "section")
          expect(JSON.stringify(block), line).not.toMatch(/<!(channel|here|everyone)|<@UBEN/);
    }
  },
  120_000,
);

test("help behind every command tells its usage and an example", async () => {
  for (const name of [
    "container-deploy",
    "container-list",
    "container-run",
    "container-stop",
    "container-retire",
    "gpu-status",
    "limits",
    "ssh-key",
  ]) {
    expect(await answerTo(`/${name} help`)).toContain(`\`/${name}`);
    expect(await answerTo(`/${name} --help`)).toContain("For example:");
  }
});

test("six topics of help, each a button, and none says docker, lease or slot", async () => {
  const overview = await answerTo("/berth help");
  for (const topic of [
    "first steps",
    "daily use",
    "files and persistence",
    "custom images",
    "managing containers",
    "when it won't start",
  ]) {
    expect(overview.toLowerCase()).toContain(topic);
    const words = await answerTo(`/berth help ${topic}`);
    expect(words.toLowerCase()).toContain(topic);
    expect(words).not.toMatch(/docker|lease\b|slot\b/i);
  }
});

test("without a key: the button that mends it", async () => {
  const { eve, world } = desk;
  await eve.type("/container-deploy vision --gpus 1", { channel: "gpu" });
  const first = await eve.waitForMessage("gpu", "set up on this server");
  await eve.click(first, "enrol-me");
  await eve.waitForModal((modal) => modal.submit !== undefined);
  expect(await eve.submit()).toEqual({ ok: true });
  await eve.close();
  await world.until(
    async () =>
      (await answerTo("/container-deploy vision --gpus 1", "eve")).includes("You have no SSH key here yet"),
    "the refusal",
  );
  const refusal = eve.messages("gpu").at(-1);
  if (!refusal) throw new Error("no refusal");
  await eve.click(refusal, "add-key");
  const form = await eve.waitForModal((modal) => modal.submit !== undefined);
  expect(form.title.text).toBe("Add an SSH key");
});
