import { mkdir, mkdtemp, rm, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { linuxHost } from "../../src/host/linux.ts";

/** What a container uses is read from files as the kernel writes them; here they are recorded ones. */

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "berth-use-"));
});
afterAll(() => rm(root, { recursive: true }));

const id = "4e1c".repeat(16);
const v1 = `9:name=systemd:/berth/${id}
6:freezer:/berth/${id}
4:memory:/berth/${id}
2:cpu,cpuacct:/berth/${id}
0::/
`;
const v2 = `0::/berth.slice/docker-${id}.scope\n`;
const stat = (pid: number) =>
  `${pid} (a (name) with S 1) S 1 ${pid} 0 0 -1 4194560 1 2 3 4 150 50 6 7 20 0 1 0 987654 8 9`;
const net = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:  999999    1    0    0    0     0          0         0   999999    1    0    0    0     0       0          0
  eth0: 1000    10    0    0    0     0          0         0     234      5    0    0    0     0       0          0
`;

let machines = 0;
async function machine(files: Record<string, string>) {
  machines += 1;
  const at = join(root, String(machines));
  for (const [name, text] of Object.entries({ "proc/41/stat": stat(41), "proc/41/net/dev": net, ...files })) {
    await mkdir(dirname(join(at, name)), { recursive: true });
    await writeFile(join(at, name), text);
  }
  const host = linuxHost({
    nvidiaSmi: undefined,
    workspacesRoot: root,
    clock: wallClock,
    proc: join(at, "proc"),
    cgroups: join(at, "cgroup"),
  });
  return { at, host, use: async () => (await host.readUse([{ id, pid: 41 }])).get(id) };
}

test.each([
  [
    "v1",
    {
      "proc/41/cgroup": v1,
      [`cgroup/cpuacct/berth/${id}/cpuacct.usage`]: "12500000000\n",
      [`cgroup/memory/berth/${id}/memory.usage_in_bytes`]: "5000000\n",
      [`cgroup/memory/berth/${id}/memory.stat`]: "cache 7\ninactive_file 1\ntotal_inactive_file 2000000\n",
    },
  ],
  [
    "v2",
    {
      "proc/41/cgroup": v2,
      [`cgroup/berth.slice/docker-${id}.scope/cpu.stat`]: "usage_usec 12500000\nuser_usec 1\n",
      [`cgroup/berth.slice/docker-${id}.scope/memory.current`]: "5000000\n",
      [`cgroup/berth.slice/docker-${id}.scope/memory.stat`]: "anon 3\ninactive_file 2000000\nactive_file 9\n",
    },
  ],
])(
  "CPU and memory by control groups %s, bytes without the loopback, which start it is",
  async (_version, files) => {
    const { use } = await machine(files);
    expect(await use()).toEqual({
      life: "41 since 987654",
      cpuSeconds: 12.5,
      netBytes: 1234,
      memoryBytes: 3_000_000,
      inputAt: undefined,
    });
  },
);

test.each([
  ["v1", { "proc/41/cgroup": v1, [`cgroup/freezer/berth/${id}/freezer.state`]: "FROZEN\n" }],
  [
    "v2",
    {
      "proc/41/cgroup": v2,
      [`cgroup/berth.slice/docker-${id}.scope/cgroup.events`]: "populated 1\nfrozen 1\n",
    },
  ],
])("a paused one says nothing, by control groups %s", async (_version, files) => {
  const { use } = await machine(files);
  expect(await use()).toBeUndefined();
});

test("a counter that can't be read is undefined, the others are told", async () => {
  const { use } = await machine({ "proc/41/cgroup": v1 });
  expect(await use()).toMatchObject({
    cpuSeconds: undefined,
    memoryBytes: undefined,
    netBytes: 1234,
  });
});

test("no bytes at all are none, not a reading that failed", async () => {
  const { use } = await machine({
    "proc/41/cgroup": v1,
    "proc/41/net/dev": net.replace("1000", "0").replace("234", "0"),
  });
  expect(await use()).toMatchObject({ netBytes: 0 });
});

test("the pid is another's by now, or nobody's", async () => {
  const { host } = await machine({ "proc/41/cgroup": v1.replaceAll(id, "f".repeat(64)) });
  expect(
    await host.readUse([
      { id, pid: 41 },
      { id: "e".repeat(64), pid: 42 },
    ]),
  ).toEqual(new Map());
});

test("typed input is the newest access time of its terminals; names are not followed", async () => {
  const { at, use } = await machine({
    "proc/41/cgroup": v1,
    "proc/41/root/dev/pts/0": "",
    "proc/41/root/dev/pts/1": "",
    "proc/41/root/dev/pts/ptmx": "",
    outside: "",
  });
  const typed = new Date("2026-11-27T10:00:00Z");
  const terminals = join(at, "proc/41/root/dev/pts");
  // Output moves the other time only.
  await utimes(join(terminals, "0"), typed, new Date("2026-11-27T12:00:00Z"));
  await utimes(join(terminals, "1"), new Date("2026-11-27T09:00:00Z"), typed);
  expect(await use()).toMatchObject({ inputAt: typed });
  const later = new Date(Date.now() + 3_600_000);
  await utimes(join(at, "outside"), later, later);
  await symlink(join(at, "outside"), join(terminals, "2"));
  expect((await use())?.inputAt?.getTime()).toBeLessThan(later.getTime());
});

test("of single processes the CPU is told, and who has ended is left out", async () => {
  const { host } = await machine({ "proc/41/cgroup": v1 });
  expect(await host.readProcessUse([41, 42])).toEqual(new Map([[41, 2]]));
});

test("this very process uses CPU by the machine's own files", async () => {
  const host = linuxHost({ nvidiaSmi: undefined, workspacesRoot: root, clock: wallClock });
  expect((await host.readProcessUse([process.pid])).get(process.pid)).toBeGreaterThan(0);
});
