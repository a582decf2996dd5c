import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Demo } from "../demo.ts";
import { people } from "../lab/people.ts";
import type { Person } from "../slack/person/person.ts";
import type { Message } from "../slack/person-api.ts";
import { accepted, answerTo, cardOf, signInLine, wordsOf } from "./screen.ts";
import { type Terminal, terminal } from "./sign-in.ts";
import { expectSo, type Story } from "./story.ts";

export type Stage = { demo: Demo; story: Story; knownHosts: string; stateDir: string };

/** The whole story, in the order a lab would live it. */
export async function chapters(stage: Stage): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), "berth-tour-"));
  try {
    await newcomer(stage);
    const line = await firstContainer(stage);
    await insideIt(stage, line, scratch);
    await everydayCommands(stage);
    await aFullServer(stage);
    await comingBack(stage, line);
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

async function firstContainer({ demo, story, knownHosts }: Stage): Promise<string> {
  const ana = at(demo, "ana");
  await story.step(
    "Ana typed /container-deploy vision without an SSH key and was given the button that mends it",
    async () => {
      const before = ana.messages("general").length;
      accepted(await ana.type("/container-deploy vision", { channel: "general" }));
      const form = await ana.waitForModal((modal) =>
        /SSH key/.test(wordsOf({ text: "", blocks: modal.blocks })),
      );
      expectSo(ana.messages("general").length >= before, "the answer where she is");
      accepted(await ana.click("modal", "Add an SSH key"));
      await ana.waitForModal((modal) => /Public key/.test(JSON.stringify(modal.blocks)));
      return `${form.title.text}: ${wordsOf({ text: "", blocks: form.blocks }).split("\n")[1]}`;
    },
  );
  await story.step(
    "She pasted something that is no key, was told what it is, and then the right one",
    async () => {
      const refused = await ana.submit({ key: "-----BEGIN OPENSSH PRIVATE KEY-----" });
      expectSo(!refused.ok, "a private key to be refused");
      accepted(await ana.submit({ key: keyOf(demo, "ana").publicKey }));
      await ana.waitForModal((modal) => /SHA256:/.test(JSON.stringify(modal.blocks)));
      accepted(await ana.close({ all: true }));
      return refused.message;
    },
  );
  let line = "";
  await story.step("/container-deploy vision: the form, one GPU, and the card went to ready", async () => {
    accepted(await ana.type("/container-deploy vision", { channel: "general" }));
    await ana.waitForModal((modal) => /Runs on/.test(JSON.stringify(modal.blocks)));
    accepted(await ana.submit());
    const card = await cardOf(ana, "vision", /ready/);
    line = signInLine(card);
    return wordsOf(card);
  });
  await story.step(
    "“SSH config” showed the block, the VS Code link, Jupyter, rsync and the fingerprint",
    async () => {
      const card = await cardOf(ana, "vision", /ready/);
      accepted(await ana.click(card, "SSH config"));
      const view = await ana.waitForModal((modal) => /HostKeyAlias/.test(JSON.stringify(modal.blocks)));
      const words = wordsOf({ text: "", blocks: view.blocks });
      for (const part of ["Host vision.berth", "vscode://", "ssh -", "rsync", "SHA256:"]) {
        expectSo(words.includes(part), `the view to show “${part}”`);
      }
      const known = /^\S+ ssh-ed25519 \S+$/m.exec(words)?.[0];
      expectSo(known, "a known_hosts line");
      await appendFile(knownHosts, `${known}\n`);
      accepted(await ana.close({ all: true }));
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
    return wordsOf({ text: "", blocks: modal.blocks }).split("\n").slice(1, 4).join("\n");
  });
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
      return wordsOf(await cardOf(chloe, "slices", /ready/)).split("\n")[0];
    },
  );
  await story.step("Chloe asked for a whole GPU: none is free, so she waits and is told so", async () =>
    answerTo(chloe, "/container-deploy nlp --gpus 1 --hours 1", /1st in the line[\s\S]*No GPU is free/),
  );
  await story.step("Ana stopped hers: the GPU stays hers for a while, so Chloe still waits", async () => {
    accepted(await ana.click(await cardOf(ana, "vision", /ready/), "Stop", { confirmed: true }));
    return wordsOf(await cardOf(ana, "vision", /stays yours/))
      .split("\n")
      .slice(1, 4)
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
      await cardOf(ana, "vision", /retired/);
      await answerTo(ana, "/container-deploy vision --gpus 1", /starting|line/);
      const again = await newestReady(ana, "vision");
      expectSo(signInLine(again) === line, `the same line ${line}, not ${signInLine(again)}`);
      const seen = await terminalOf(stage, "ana").ssh(line, "cat /workspace/by-scp.txt");
      expectSo(seen === "a note\n", `her note, not ${seen}`);
      return line;
    },
  );
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

function everyCardEnded(demo: Demo): boolean {
  return people.every(({ id }) =>
    demo.slack
      .as(id)
      .messages("dm")
      .every((message) => !/is (ready|stopping|being retired)/.test(message.text)),
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
