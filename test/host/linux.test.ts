import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { linuxHost } from "../../src/host/linux.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-host-"));
});
afterAll(() => rm(root, { recursive: true }));

const clock = {
  now: () => new Date("2026-01-05T09:00:00Z"),
  monotonicMs: () => 0,
  sleep: (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve())),
};

test("a process on a GPU is told with its user, and with no container where it lives in none", async () => {
  const uuid = "GPU-aaaaaaaa-0000-4000-8000-000000000000";
  const processes = [process.pid, 2 ** 22 + 1].map(
    (pid) =>
      `<process_info><pid>${pid}</pid><type>C</type><process_name>x</process_name><used_memory>5 MiB</used_memory></process_info>`,
  );
  const path = join(root, "smi");
  await writeFile(
    path,
    `#!/bin/sh
[ "$1" = -L ] && { echo 'GPU 0: NVIDIA L40S (UUID: ${uuid})'; exit; }
echo '<nvidia_smi_log><gpu id="x"><uuid>${uuid}</uuid><processes>${processes.join("")}</processes></gpu></nvidia_smi_log>'
`,
  );
  await chmod(path, 0o755);
  const { processes: seen } = await linuxHost({ nvidiaSmi: path, workspacesRoot: root, clock }).readGpus();
  expect(seen).toMatchObject([
    { pid: process.pid, gpuUuid: uuid, user: userInfo().username },
    // Above every pid there can be: it has just ended, and nobody can tell whose it was.
    { pid: 2 ** 22 + 1, user: undefined, containerId: undefined },
  ]);
});

test("a machine without GPUs says so, not that it can't be read", async () => {
  expect(await linuxHost({ nvidiaSmi: undefined, workspacesRoot: root, clock }).readGpus()).toMatchObject({
    gpus: [],
    processes: [],
  });
});

test("a port is listening while something listens on it", async () => {
  const host = linuxHost({ nvidiaSmi: undefined, workspacesRoot: root, clock });
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  expect((await host.listeningPorts()).has(port)).toBe(true);
  await new Promise((resolve) => server.close(resolve));
  expect((await host.listeningPorts()).has(port)).toBe(false);
});

test("facts are those of this machine and of the workspaces' disk", async () => {
  const facts = await linuxHost({ nvidiaSmi: undefined, workspacesRoot: root, clock }).facts();
  expect(facts.cpus).toBeGreaterThan(0);
  expect(facts.memoryMiB).toBeGreaterThan(100);
  expect(facts.diskTotalBytes).toBeGreaterThan(facts.diskFreeBytes);
});
