import { afterAll, beforeAll, expect, test } from "vitest";
import { deploy } from "../../src/containers/deploy.ts";
import { containerView } from "../../src/containers/list.ts";
import { run } from "../../src/containers/run.ts";
import { retire, stop } from "../../src/containers/stop.ts";
import { carriedRef } from "../../src/images/carried.ts";
import { events } from "../../src/ledger/event-table.ts";
import { devicesOfNode } from "../../src/ledger/queries/nodes.ts";
import { type RealWorld, realWorld, until } from "../images/real-world.ts";
import { type Bed, bed } from "../support/bed.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type Laptop, laptop, paste } from "./laptop.ts";

const host = "vision.berth";
let here: Bed;
let database: TestDatabase;
let world: RealWorld;
let mine: Laptop;

beforeAll(async () => {
  here = await bed();
  await here.clear();
  [database, mine] = await Promise.all([freshDatabase(), laptop()]);
  world = await realWorld(database.url, here, {
    instance: "resume",
    policy: `
enrol: open
defaults: { cpus: 1, memory_gib: 0.5, shm_gib: 0.125 }
disk: { builds_wait_below_pct: 0, refuse_below_pct: 0 }
notices: { sigterm_grace_s: 2 }
`,
    catalogue: `
images:
  - { name: house, framework: python, version: "3.11", image: "${here.imageRef}", python: "3.11", house: true }
`,
  });
});

afterAll(async () => {
  await world?.end();
  await here?.clear();
  await mine?.close();
  await database?.drop();
});

async function does(command: string): Promise<string> {
  const { code, out, err } = await mine.ssh(host, command);
  expect({ command, code, err }).toEqual({ command, code: 0, err: "" });
  return out;
}

const devicesOf = async (id: number) => (await containerView(world, id))?.devices.map((device) => device.id);

async function seen(id: string): Promise<void> {
  await until(`${id} to be there`, 60, async () =>
    (await world.ledger.read((tx) => devicesOfNode(tx, "gpu1"))).find((device) => device.id === id),
  );
}

test("Resume on another GPU brings back what was installed by hand, and the host key; the GPU before was seen empty", async () => {
  const [first, second, third] = here.gpus.devices as [string, string, string];
  // There is one whole GPU at first, so that whoever comes second waits for it.
  for (const away of [second, third]) here.gpus.takeAway(away);
  const ana = await world.member("ana", mine.publicKey);
  const ben = await world.member("ben", mine.publicKey);
  world.start();
  await seen(first);
  const project = { project: "vision" };
  const { container } = await deploy(world, { by: ana, requestId: "anas", ...project });
  const { id } = container;
  // Pasted once, and never again: ssh asks for this very host key (StrictHostKeyChecking yes).
  await paste(mine, await world.settled(id, "running"));
  expect(await devicesOf(id)).toEqual([first]);
  await does(`
    mkdir -p /tmp/odd/DEBIAN && printf 'Package: odd-thing\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: ana <ana@example.org>\\nDescription: odd\\n' > /tmp/odd/DEBIAN/control
    mkdir -p /tmp/odd/usr/bin && printf '#!/bin/sh\\necho by hand\\n' > /tmp/odd/usr/bin/odd && chmod 0755 /tmp/odd/usr/bin/odd
    dpkg-deb --build /tmp/odd /tmp/odd.deb >/dev/null && sudo apt-get install -qq -y --no-install-recommends /tmp/odd.deb >/dev/null 2>&1
    echo mine > ~/own && echo kept > /workspace/kept`);

  const bens = await deploy(world, { by: ben, requestId: "bens", ...project });
  expect(bens.container.state).toBe("waiting");
  await stop(world, { by: ana, which: project, frees: true });
  await world.settled(bens.container.id, "running");
  expect(await devicesOf(bens.container.id)).toEqual([first]);
  const history = await world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));
  const stopped = history.findIndex((one) => one.containerId === id && one.what === "stopped");
  const granted = history.findIndex((one) => one.containerId === bens.container.id && one.what === "granted");
  expect(history[stopped]?.evidence).toMatchObject({ devices: [first], devicesSeenEmpty: true });
  expect(stopped).toBeLessThan(granted);

  here.gpus.bringBack(second);
  await seen(second);
  await run(world, { by: ana, which: project });
  const again = await world.settled(id, "running");
  expect(await devicesOf(id)).toEqual([second]);
  expect(await does("odd; cat ~/own /workspace/kept; sudo id -u; hostname")).toBe(
    "by hand\nmine\nkept\n0\nvision\n",
  );
  expect(await does("dpkg-query -W -f '${Version}' odd-thing; nvidia-smi -L")).toMatch(
    new RegExp(`^1\\.0GPU 0: .* \\(UUID: ${second}\\)\\n$`),
  );
  const shown = await containerView(world, id);
  expect(again.configBlock).toContain(`Port ${shown?.project.sshPort}`);

  // What was installed before it was carried over is still known as that.
  await retire(world, { by: ana, which: project });
  await world.settled(id, "retired");
  expect((await containerView(world, id))?.container.installed?.apt).toEqual(["odd-thing"]);
  expect(await world.engine.image(carriedRef("resume", id))).toBeUndefined();
  const left = (await world.engine.diskUse()).images.filter(({ labels }) => "berth.resume" in labels);
  expect(left).toEqual([]);
  expect(await world.engine.image(here.imageRef)).toBeDefined();
});
