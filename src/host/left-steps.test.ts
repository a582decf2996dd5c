import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { endLeftSteps, isOfBuild, parentIn } from "./left-steps.ts";

const step = "j2doetyi0c7452aych6gc15tm";
const container = "5a1c9d1e".repeat(8);

test.each([
  [`9:name=systemd:/docker/buildkit/${step}\n8:pids:/docker/buildkit/${step}`, true],
  [`0::/docker/buildkit/${step}\n`, true],
  [`0::/system.slice/docker-${step}.scope`, true],
  [`0::/berth.slice/docker-${step}.scope`, true],
  [`0::/docker/${container}`, false],
  [`0::/system.slice/docker-${container}.scope`, false],
  ["0::/system.slice/docker.service", false],
  ["0::/user.slice/buildkit/notes", false],
  ["", false],
])("the control group %j is a build's: %s", (cgroup, is) => {
  expect(isOfBuild(cgroup)).toBe(is);
});

test("a parent is read behind whatever a process calls itself", () => {
  expect(parentIn("12 (sh) S 1 12 12 0 -1")).toBe(1);
  expect(parentIn("12 (a) S 1 (b) S 44 12 12 0 -1")).toBe(44);
  expect(parentIn("")).toBeUndefined();
});

test("ended are those that lost their engine, and no others", async () => {
  const proc = await mkdtemp(join(tmpdir(), "berth-proc-"));
  try {
    const processes = {
      "101": { cgroup: `0::/docker/buildkit/${step}`, stat: "101 (sh) S 1 101" },
      "102": { cgroup: `0::/docker/buildkit/${step}`, stat: "102 (sleep) S 101 101" },
      "103": { cgroup: `0::/docker/buildkit/${step}`, stat: "103 (pip) S 99 103" },
      "104": { cgroup: `0::/docker/${container}`, stat: "104 (tini) S 1 104" },
      "105": { cgroup: "0::/init.scope", stat: "105 (cron) S 1 105" },
    };
    for (const [pid, files] of Object.entries(processes)) {
      await mkdir(join(proc, pid));
      for (const [name, text] of Object.entries(files)) await writeFile(join(proc, pid, name), text);
    }
    const ended: number[] = [];
    expect(await endLeftSteps(proc, (pid) => ended.push(pid) > 0)).toBe(1);
    expect(ended).toEqual([101]);
    expect(await endLeftSteps(join(proc, "nowhere"))).toBe(0);
  } finally {
    await rm(proc, { recursive: true });
  }
});
