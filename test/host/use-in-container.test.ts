import Docker from "dockerode";
import { beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { linuxHost } from "../../src/host/linux.ts";
import { type Bed, bed } from "../support/bed.ts";

/** What a real container uses, read from the real kernel's files beside it. */

let here: Bed;
let docker: Docker;
beforeAll(async () => {
  here = await bed();
  await here.clear();
  docker = new Docker({ socketPath: here.socketPath });
});

/** A container with a terminal that runs a line of shell; `read` is what its files show now. */
async function running(line: string) {
  const container = await docker.createContainer({
    Image: here.imageRef,
    Entrypoint: ["sh", "-c", line],
    Tty: true,
    OpenStdin: true,
  });
  await container.start();
  const { State } = await container.inspect();
  const host = linuxHost({ nvidiaSmi: undefined, workspacesRoot: here.workspacesRoot, clock: wallClock });
  const read = async () => (await host.readUse([{ id: container.id, pid: State.Pid }])).get(container.id);
  return { container, read };
}

async function until<T>(look: () => Promise<T | undefined | false>, what: string): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (Date.now() > deadline) throw new Error(`waited 30 s in vain: ${what}`);
    await wallClock.sleep(50);
  }
}

test("CPU that a container uses is counted, and begins anew with its next start", async () => {
  const { container, read } = await running("while :; do :; done");
  const first = await read();
  expect(first?.netBytes).toBeGreaterThanOrEqual(0);
  await until(
    async () => ((await read())?.cpuSeconds ?? 0) > (first?.cpuSeconds ?? 0) + 0.2,
    "CPU to be counted",
  );
  await container.restart({ t: 0 });
  // Its first process has another pid: the old one is nobody's, or another's.
  expect(await read()).toBeUndefined();
});

test("what is typed on its terminal is seen", async () => {
  const { container, read } = await running("while read word; do :; done");
  const stream = await container.attach({ stream: true, stdin: true, stdout: true, hijack: true });
  const before = (await until(read, "a reading")).inputAt;
  // The kernel notes the time of typing to 8 s.
  const typed = await until(async () => {
    stream.write("a word\n");
    const { inputAt } = (await read()) ?? {};
    return inputAt && inputAt.getTime() !== before?.getTime() && inputAt;
  }, "input to be seen");
  expect(Math.abs(Date.now() - typed.getTime())).toBeLessThan(60_000);
  stream.end();
});

test("a paused container says nothing", async () => {
  const { container, read } = await running("sleep 1000");
  expect(await read()).toBeDefined();
  await container.pause();
  expect(await read()).toBeUndefined();
  await container.unpause();
  expect(await read()).toBeDefined();
});
