import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Demo } from "../demo.ts";
import { people } from "../lab/people.ts";
import { accepted, answerTo, cardOf, seenOf, signInLine } from "./screen.ts";
import { at, keyOf, knowHost, newestReady, retiredWords, type Stage, terminalOf } from "./stage.ts";
import { expectSo } from "./story.ts";

export async function firstContainer(stage: Stage): Promise<string> {
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

export async function insideIt(stage: Stage, line: string, scratch: string): Promise<void> {
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

export async function comingBack(stage: Stage, line: string): Promise<void> {
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

export async function theEnd({ demo, story }: Stage): Promise<void> {
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

function everyCardEnded(demo: Demo): boolean {
  return people.every(({ id }) =>
    demo.slack
      .as(id)
      .messages("dm")
      .every((message) => !/^\*[^*]+\* is (ready|stopping|being retired)/.test(message.text)),
  );
}
