import { chown, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { installedCommand, parseInstalled } from "../../src/access/installed.ts";
import { type Bed, bed } from "../support/bed.ts";
import { wheelFile } from "../support/wheel.ts";
import { type Berth, berthOn, type Started } from "./berth.ts";
import { type Laptop, laptop, paste } from "./laptop.ts";

const host = "vision.berth";

describe("what is installed by hand in a real container", () => {
  let here: Bed;
  let berth: Berth;
  let mine: Laptop;

  beforeAll(async () => {
    here = await bed();
    await here.clear();
    berth = await berthOn(here);
    mine = await laptop();
    await berth.keys(mine.publicKey);
  });
  afterAll(async () => {
    await here?.clear();
    await mine?.close();
    await berth?.close();
  });

  async function start(sudo: boolean): Promise<Started> {
    await here.clear();
    const vision = await berth.start({ project: "vision", port: 22_131, sudo });
    await paste(mine, vision.instructions);
    const wheels = join(vision.workspace, "wheels");
    await mkdir(wheels, { recursive: true });
    for (const { name, bytes } of [
      wheelFile({ name: "Small.Thing", version: "1.2.0", requires: ["helper>=1"] }),
      wheelFile({ name: "helper", version: "3.0" }),
      wheelFile({ name: "from-a-file", version: "0.1" }),
    ])
      await writeFile(join(wheels, name), bytes);
    await chown(wheels, 20_011, 20_011);
    return vision;
  }

  async function does(command: string): Promise<string> {
    const { code, out, err } = await mine.ssh(host, command);
    expect({ command, code, err: code === 0 ? "" : err }).toEqual({ command, code: 0, err: "" });
    return out;
  }

  async function seen({ id }: Started) {
    const found = await berth.engine.inspect(id);
    const said = await berth.engine.exec(id, installedCommand(found?.createdAt ?? new Date(0)), 5);
    if (said === "gone") throw new Error("the container is gone");
    expect(said.exitCode).toBe(0);
    return { ...parseInstalled(said.output), output: said.output };
  }

  const pip = "pip install --no-index --no-build-isolation --quiet --find-links=/workspace/wheels";
  const aPackage = `
    mkdir -p /tmp/odd/DEBIAN && printf 'Package: odd-thing\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: ana <ana@example.org>\\nDescription: odd\\n' > /tmp/odd/DEBIAN/control
    dpkg-deb --build /tmp/odd /tmp/odd-thing.deb >/dev/null && sudo apt-get install -qq -y --no-install-recommends /tmp/odd-thing.deb >/dev/null 2>&1`;

  test("nothing at first; then what was asked for by name, without what came along with it or from a file", async () => {
    const vision = await start(true);
    expect(await seen(vision)).toMatchObject({ pip: [], apt: [] });
    await does(`${pip} small.thing && pip install --no-index --quiet /workspace/wheels/from_a_file*.whl`);
    await does(aPackage);
    const { pip: packages, apt } = await seen(vision);
    expect(packages).toEqual(["small-thing==1.2.0"]);
    expect(apt).toEqual(["odd-thing"]);
  });

  test("a member without sudo can put no program of theirs in its way", async () => {
    const vision = await start(false);
    await does(`${pip} small.thing`);
    // Everything that is first on a member's PATH, and theirs to write.
    const names = "sh touch rm apt-mark pip python python3 printf";
    await does(
      `for name in ${names}; do /bin/rm -f /opt/venv/bin/$name; printf '#!/bin/sh\\n/usr/bin/id -un > /workspace/trapped\\n' > /opt/venv/bin/$name; /bin/chmod +x /opt/venv/bin/$name; done; pip`,
    );
    expect(await does("/bin/cat /workspace/trapped; /bin/rm /workspace/trapped")).toBe("ana\n");
    expect((await seen(vision)).pip).toEqual(["small-thing==1.2.0"]);
    expect((await mine.ssh(host, "/bin/cat /workspace/trapped")).code).not.toBe(0);
  });

  test("folders with odd names are no packages", async () => {
    const vision = await start(false);
    const at = "/opt/venv/lib/python3*/site-packages";
    await does(`cd ${at} && mkdir -- 'a
pip evil-1.0.dist-info' '$(touch x)-1.dist-info' '-r-1.dist-info' 'fine-1.0.dist-info' && for d in *.dist-info; do touch "./$d/REQUESTED" 2>/dev/null; done; true`);
    const { pip: packages } = await seen(vision);
    // A line of its own is all that a folder can add: a name and a version, as anybody can install.
    expect(packages).toEqual(["evil==1.0", "fine==1.0"]);
  });
});
