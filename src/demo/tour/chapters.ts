import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Demo } from "../demo.ts";
import { people } from "../lab/people.ts";
import type { Person } from "../slack/person/person.ts";
import type { Message } from "../slack/person-api.ts";
import { accepted, answerTo, cardOf, seenOf, signInLine, wordsOf } from "./screen.ts";
import { type Terminal, terminal } from "./sign-in.ts";
import { expectSo, type Story } from "./story.ts";

export type Stage = { demo: Demo; story: Story; knownHosts: string; stateDir: string };

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

async function newcomer({ demo, story }: Stage): Promise<void> {
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

async function firstContainer(stage: Stage): Promise<string> {
  const { demo, story } = stage;
  const ana = at(demo, "ana");
  await story.step(
    "Ana typed /container-deploy vision: one form, which asks for her SSH key too because she has none",
    async () => {
      accepted(await ana.type("/container-deploy vision", { channel: "general" }));
      const form = await ana.waitForModal((modal) => /public SSH key/.test(JSON.stringify(modal.blocks)));
      return `${form.title.text}: ${Object.keys(form.state).join(", ")}`;
    },
  );
  await story.step("She pasted something that is no key, and was told at its field what it is", async () => {
    const refused = await ana.submit({ key: "-----BEGIN OPENSSH PRIVATE KEY-----" });
    expectSo(!refused.ok, "a private key to be refused");
    return ana.modal()?.errors.key;
  });
  let line = "";
  await story.step(
    "With the right one the form did it all: key, GPU, container, and the card went to ready",
    async () => {
      accepted(await ana.submit({ key: keyOf(demo, "ana").publicKey }));
      accepted(await ana.close({ all: true }));
      const card = await cardOf(ana, "vision", /ready/);
      line = signInLine(card);
      return seenOf(card);
    },
  );
  await story.step(
    "“SSH config” showed the block, the VS Code link, Jupyter, rsync and the fingerprint",
    async () => {
      const words = await knowHost(stage, ana, await cardOf(ana, "vision", /ready/));
      for (const part of ["Host vision.berth", "vscode://", "ssh -", "rsync", "SHA256:"]) {
        expectSo(words.includes(part), `the view to show “${part}”`);
      }
      return /Host vision[\s\S]*?(?=\n\n|\nThen|$)/.exec(words)?.[0];
    },
  );
  return line;
}

async function insideIt(stage: Stage, line: string, scratch: string): Promise<void> {
  const { demo, story } = stage;
  const shell = terminalOf(stage, "ana");
  const ssh = (command: string) => shell.ssh(line, command);
  await story.step(`${line}: the right user, a workspace that is theirs`, async () => {
    const seen = await ssh("id -un; cd /workspace && touch here && stat -c %U here && rm here");
    expectSo(seen.trim() === "ana\nana", `ana and ana, not ${seen}`);
    return undefined;
  });
  await story.step("nvidia-smi showed the granted GPU and no other", async () => {
    const seen = (await ssh("nvidia-smi -L")).trim();
    const given = await demo.server.node.engine.inspect("vision._.ana");
    const [device] = given?.devices === "all" ? [] : (given?.devices ?? []);
    expectSo(
      device && seen.split("\n").length === 1 && seen.includes(device),
      `only ${device}, not: ${seen}`,
    );
    return seen;
  });
  await story.step(
    "Limits are real: memory, CPUs, processes, shared memory; data sets are there",
    async () => {
      const seen = await ssh(limitsCommand);
      const [memory, pids, shm, data] = seen.trim().split("\n");
      expectSo(memory === String(2 ** 30), `1 GiB of memory, not ${memory} bytes`);
      expectSo(pids === "512", `512 processes, not ${pids}`);
      expectSo(shm === String(2 ** 28), `256 MiB of shared memory, not ${shm}`);
      expectSo(data === "README.txt", `the data set at /data/iris, not ${data}`);
      return "1 GiB of memory, 512 processes, 256 MiB shared memory, /data/iris";
    },
  );
  await story.step("scp, sftp and rsync brought files in and out", async () => {
    const local = join(scratch, "notes.txt");
    await writeFile(local, "a note\n");
    await shell.tool("scp", line, (where) => [local, `${where}:/workspace/by-scp.txt`]);
    await shell.tool("sftp", line, (where) => ["-b", "-", where], `put ${local} /workspace/by-sftp.txt\n`);
    await shell.tool("rsync", line, (where) => ["-a", local, `${where}:/workspace/by-rsync.txt`]);
    const back = join(scratch, "back.txt");
    await shell.tool("scp", line, (where) => [`${where}:/workspace/by-rsync.txt`, back]);
    expectSo((await readFile(back, "utf8")) === "a note\n", "the same note back");
    const seen = await ssh("cat /workspace/by-scp.txt /workspace/by-sftp.txt");
    expectSo(seen === "a note\na note\n", `both notes, not ${seen}`);
    return undefined;
  });
  await story.step("ssh -L reached a service inside, as Jupyter would be", async () => {
    await ssh(
      "cd /workspace && (setsid python3 -m http.server 8888 --bind 127.0.0.1 >/dev/null 2>&1 &) ; sleep 1",
    );
    const page = await shell.throughTunnel(line, 8888);
    expectSo(page.includes("by-scp.txt"), "the listing of the workspace");
    return undefined;
  });
  await story.step(
    "One long-lived connection carried several commands at once, as an editor's does",
    async () => {
      const seen = await shell.severalAtOnce(line, [
        "sleep 1; echo one",
        "sleep 1; echo two",
        "nvidia-smi -L | wc -l",
      ]);
      expectSo(seen.map((one) => one.trim()).join(" ") === "one two 1", `one two 1, not ${seen.join(" ")}`);
      return undefined;
    },
  );
}

const limitsCommand = `
  cat /sys/fs/cgroup/memory.max 2>/dev/null || cat /sys/fs/cgroup/memory/memory.limit_in_bytes
  cat /sys/fs/cgroup/pids.max 2>/dev/null || cat /sys/fs/cgroup/pids/pids.max
  df -B1 --output=size /dev/shm | tail -1 | tr -d ' '
  ls /data/iris`;

async function everydayCommands({ demo, story }: Stage): Promise<void> {
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

/** Eve has nothing at all: neither key nor image. */
async function oneForm({ demo, story }: Stage): Promise<void> {
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

async function whatCameOfIt(stage: Stage): Promise<void> {
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

/** From a form to what is inside, to a name for ever, to what was forgotten. */
async function anImage({ demo, story }: Stage): Promise<void> {
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
async function anImageAtWork(stage: Stage): Promise<boolean> {
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

const buildLimitMs = 240_000;

const retiredWords = /· {2}retired/;

/** The message that it is ready, for the first or a later time. */
async function imageReady(person: Person, time: number): Promise<Message> {
  const told = () => person.messages("dm").filter(({ text }) => /The image \*tools\* is ready/.test(text));
  await person.waitForMessage("dm", () => told().length >= time, buildLimitMs);
  const message = told()[time - 1];
  expectSo(message, "the message that the image is ready");
  return message;
}

async function aFullServer(stage: Stage): Promise<void> {
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

async function comingBack(stage: Stage, line: string): Promise<void> {
  const { demo, story } = stage;
  const ana = at(demo, "ana");
  await story.step(
    "Ana retired vision and deployed it again: same line, same host key, her files",
    async () => {
      accepted(await ana.click(await newestReady(ana, "vision"), "Retire", { confirmed: true }));
      await cardOf(ana, "vision", retiredWords);
      await answerTo(ana, "/container-deploy vision --gpus 1", /starting|line/);
      const again = await newestReady(ana, "vision");
      expectSo(signInLine(again) === line, `the same line ${line}, not ${signInLine(again)}`);
      const seen = await terminalOf(stage, "ana").ssh(line, "cat /workspace/by-scp.txt");
      expectSo(seen === "a note\n", `her note, not ${seen}`);
      return line;
    },
  );
}

async function theNewImage({ demo, story }: Stage): Promise<void> {
  const ana = at(demo, "ana");
  await story.step("Ana's image was built anew meanwhile; experiment-1 is what it was", async () => {
    await imageReady(ana, 2);
    return (await answerTo(ana, "/image-list tools", /experiment-1/)).split("\n").slice(0, 6).join("\n");
  });
}

async function theEnd({ demo, story }: Stage): Promise<void> {
  const ana = at(demo, "ana");
  await story.step("All of it was retired, and no GPU is held", async () => {
    for (const name of ["ana", "ben", "chloe", "dmitri"]) {
      const person = at(demo, name);
      for (const project of ["vision", "speech", "slices", "admin-box"]) {
        const ready = person
          .messages("dm")
          .findLast((message) => message.text.includes(`*${project}* is ready`));
        if (ready) accepted(await person.click(ready, "Retire", { confirmed: true }));
      }
    }
    await demo.slack.waitFor(() => everyCardEnded(demo), 60_000, "every card to be retired");
    const status = await answerTo(ana, "/gpu-status", /GPU 0/);
    expectSo(!/ana|ben|chloe|dmitri/.test(status), `nobody on the board, not: ${status}`);
    return undefined;
  });
}

/** The host key comes from what Berth shows, as a person would take it. */
async function knowHost({ knownHosts }: Stage, person: Person, card: Message): Promise<string> {
  accepted(await person.click(card, "SSH config"));
  const view = await person.waitForModal((modal) => /HostKeyAlias/.test(JSON.stringify(modal.blocks)));
  const words = wordsOf({ text: "", blocks: view.blocks });
  const known = /^\S+ ssh-ed25519 \S+$/m.exec(words)?.[0];
  expectSo(known, "a known_hosts line");
  await appendFile(knownHosts, `${known}\n`);
  accepted(await person.close({ all: true }));
  return words;
}

function everyCardEnded(demo: Demo): boolean {
  return people.every(({ id }) =>
    demo.slack
      .as(id)
      .messages("dm")
      .every((message) => !/^\*[^*]+\* is (ready|stopping|being retired)/.test(message.text)),
  );
}

async function newestReady(person: Person, project: string): Promise<Message> {
  await cardOf(person, project, /is ready/);
  const newest = person.messages("dm").findLast((message) => message.text.includes(`*${project}* is ready`));
  expectSo(newest, `a card of ${project} that is ready`);
  return newest;
}

function at(demo: Demo, name: string): Person {
  const person = people.find((one) => one.name === name);
  expectSo(person, `${name} in the lab`);
  return demo.slack.as(person.id);
}

function keyOf(demo: Demo, name: string) {
  const key = demo.keys.get(at(demo, name).id);
  expectSo(key, `a key for ${name}`);
  return key;
}

function terminalOf({ demo, knownHosts, stateDir }: Stage, name: string): Terminal {
  const { privateKeyPath } = keyOf(demo, name);
  return terminal({ privateKeyPath, knownHosts, controlPath: join(stateDir, "ssh-control") });
}
