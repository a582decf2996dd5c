import { randomUUID } from "node:crypto";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import Docker from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import { wallClock } from "../../src/clock.ts";
import { deploy } from "../../src/containers/deploy.ts";
import { retire } from "../../src/containers/stop.ts";
import { buildImage } from "../../src/demo/image/make.ts";
import { logOf } from "../../src/images/build/log.ts";
import { cancelBuild } from "../../src/images/cancel.ts";
import { createImage } from "../../src/images/create.ts";
import type { ImageWish } from "../../src/images/recipe.ts";
import { tagImage } from "../../src/images/tag.ts";
import { buildAgain, updateImage } from "../../src/images/update.ts";
import { buildById } from "../../src/ledger/queries/builds.ts";
import { insertProject } from "../../src/ledger/queries/members.ts";
import type { ActiveMember } from "../../src/ledger/schema.ts";
import { type Laptop, laptop, paste } from "../access/laptop.ts";
import { type AptIndex, aptIndex } from "../support/apt-index.ts";
import { type Bed, bed } from "../support/bed.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type PipIndex, pipIndex } from "../support/pip-index.ts";
import { type RealWorld, realWorld, until } from "./real-world.ts";

let here: Bed;
let docker: Docker;
let pip: PipIndex;
let apt: AptIndex;
let database: TestDatabase;
let world: RealWorld;
let mine: Laptop;
let ana: ActiveMember;

/** As CUDA images come: a system and a Python, and none of what signing in needs. */
const plain = "lab.example.org/plain:1";
const host = "vision.berth";

beforeAll(async () => {
  here = await bed();
  await here.clear();
  docker = new Docker({ socketPath: here.socketPath });
  [pip, apt, database, mine] = await Promise.all([
    pipIndex([
      { name: "numpy", version: "1.26.4" },
      { name: "numpy", version: "2.1.0" },
      { name: "torch", version: "2.8.0", requires: ["numpy", "typing_extensions>=4"] },
      { name: "typing_extensions", version: "4.12.2" },
      { name: "windows-only", version: "1.0" },
      { name: "Ruamel.Yaml", version: "0.18.6", extras: { fast: ["speed-ups>=1"] } },
      { name: "speed_ups", version: "1.2" },
      { name: "pandas", version: "2.2.3", requires: ["numpy>=1.22"] },
      { name: "einops", version: "0.8.0" },
    ]),
    aptIndex(join(import.meta.dirname, "../../.berth/cache/apt")),
    freshDatabase(),
    laptop(),
  ]);
  await plainBase();
  world = await realWorld(database.url, here, {
    instance: "real",
    policy: `
enrol: open
defaults: { cpus: 1, memory_gib: 1, shm_gib: 0.5 }
disk: { builds_wait_below_pct: 0, refuse_below_pct: 0 }
pip: { index_url: "${pip.url}" }
apt: { mirror: "${apt.url}" }
package_sets:
  always: { apt: [less] }
  data science: { pip: [pandas] }
`,
    catalogue: `
images:
  - { name: plain, framework: Python, version: "3.11", image: "${plain}" }
`,
  });
  ana = await world.member("ana", mine.publicKey);
  world.start();
});

afterAll(async () => {
  await world?.end();
  await here?.clear();
  if (docker) await removeImages();
  await Promise.all([pip?.close(), apt?.close(), database?.drop(), mine?.close()]);
});

/** The bed's image without what a build has to bring. */
async function plainBase(): Promise<void> {
  await buildImage(
    docker,
    `FROM ${here.imageRef}
RUN SUDO_FORCE_REMOVE=yes apt-get purge -y --auto-remove openssh-server sudo rsync git tmux less curl python3-venv \\
 && rm -rf /opt/venv /etc/ssh /var/lib/apt/lists/*
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin VIRTUAL_ENV=
`,
    plain,
    {},
  );
}

async function removeImages(): Promise<void> {
  for (const { Id, RepoTags } of await docker.listImages())
    if (!RepoTags?.includes(here.imageRef))
      await docker
        .getImage(Id)
        .remove({ force: true })
        .catch(() => {});
  await docker.pruneImages({ filters: { dangling: { true: true } } }).catch(() => {});
}

const awkward: ImageWish = {
  base: { catalogue: "plain" },
  sets: ["data science"],
  pip: `numpy<2
torch>=2.0; python_version>="3.8"
windows-only; sys_platform == "win32"
ruamel.yaml[fast] ~= 0.18
`,
  apt: "git tmux",
};

async function on(...words: string[]): Promise<string> {
  const { code, out, err } = await mine.ssh(host, ...words);
  if (code !== 0) throw new Error(`${words.join(" ")}: ${err}${out}`);
  return out.trim();
}

async function deployed(image: string): Promise<string> {
  const { container } = await deploy(world, {
    by: ana,
    requestId: randomUUID(),
    project: "vision",
    wish: { kind: "cpu" },
    image,
  });
  await paste(mine, await world.settled(container.id, "running"));
  const [found] = (await docker.listContainers()).filter(({ Labels }) => Labels["berth.instance"] === "real");
  return found?.ImageID ?? "none";
}

async function retired(): Promise<void> {
  const { container } = await retire(world, { by: ana, which: { project: "vision" } });
  await world.settled(container.id, "retired");
}

test("from nothing: an image with awkward wishes, deployed, changed, tagged, changed, and the tag brings the first one back", {
  timeout: 900_000,
}, async () => {
  const asked = await createImage(world, { by: ana, requestId: randomUUID(), name: "vision", wish: awkward });
  const first = await world.ended(asked);
  expect(first.build.failure).toBeNull();
  const firstId = first.build.engineImageId ?? "";
  expect(first.build.contents?.pip).toEqual([
    "Ruamel.Yaml==0.18.6",
    "numpy==1.26.4",
    "pandas==2.2.3",
    "speed_ups==1.2",
    "torch==2.8.0",
    "typing_extensions==4.12.2",
  ]);

  expect(await deployed("vision")).toBe(firstId);
  // Exactly what is written down is in it, and what was asked for is there.
  expect((await on("pip", "freeze")).split("\n").sort()).toEqual(first.build.contents?.pip);
  expect(await on("dpkg", "-l", "git", "tmux", "less")).toMatch(/ii {2}git .*ii {2}less .*ii {2}tmux /s);
  expect(await on("which", "python", "pip")).toBe("/opt/venv/bin/python\n/opt/venv/bin/pip");
  // Nobody needs sudo for pip.
  expect(await on("pip", "install", "einops")).toContain("Successfully installed einops-0.8.0");
  expect(await on("cat", "/workspace/.berth/image/Dockerfile")).toBe(first.build.dockerfile?.trim());
  await retired();

  await tagImage(world, { by: ana, name: "vision", tag: "exp-42" });
  const imageId = asked.image.id;
  const update = (wish: ImageWish) =>
    updateImage(world, { by: ana, requestId: randomUUID(), imageId, wish }).then(world.ended);
  const second = await update({
    ...awkward,
    pip: awkward.pip.replace("ruamel.yaml[fast] ~= 0.18\n", "einops\n"),
  });
  expect(second.build.state).toBe("ready");
  expect(second.build.contents?.pip).toContain("einops==0.8.0");
  expect(second.build.contents?.pip).not.toContain("speed_ups==1.2");
  const third = await update({ ...awkward, sets: [], pip: "numpy>=2" });
  expect(third.build.contents?.pip).toEqual(["numpy==2.1.0"]);

  expect(await deployed("vision:exp-42")).toBe(firstId);
  expect((await on("pip", "freeze")).split("\n").sort()).toEqual(first.build.contents?.pip);
  await retired();

  expect(await traces()).toEqual([]);
});

const ownDockerfile = (text: string, context = false): ImageWish => ({
  base: { dockerfile: text, context },
  sets: [],
  pip: "",
  apt: "",
});

const asked = (name: string, wish: ImageWish) =>
  createImage(world, { by: ana, requestId: randomUUID(), name, wish });

const changed = (imageId: number, wish: ImageWish) =>
  updateImage(world, { by: ana, requestId: randomUUID(), imageId, wish });

test("a member's own Dockerfile copies from the project's folder, and from nowhere else", {
  timeout: 600_000,
}, async () => {
  const copies = ownDockerfile(
    `FROM ${plain}
COPY . /app
RUN ls -lA /app /app/src > /app/listing && python3 /app/src/train.py > /app/said`,
    true,
  );
  const first = await asked("speech", copies);
  // There is no project of that name: nobody's folder can be meant.
  expect((await world.ended(first)).build.failure?.because).toMatch(/you have no project “speech”/);

  const folder = join(here.workspacesRoot, "ana/speech");
  await world.node.host.ensureWorkspace(folder, ana.uid);
  await world.ledger.write((tx) =>
    insertProject(tx, {
      memberId: ana.id,
      name: "speech",
      aliasId: "speech",
      workspacePath: folder,
      createdAt: wallClock.now(),
    }),
  );
  await mkdir(join(folder, ".home"));
  await mkdir(join(folder, "src"));
  await writeFile(join(folder, "src/train.py"), "print('trained')\n");
  await writeFile(join(folder, ".home/token"), "secret");
  await writeFile(join(folder, "left-out.bin"), "x");
  await writeFile(join(folder, ".dockerignore"), "*.bin\n");
  await symlink("/etc/shadow", join(folder, "src/shadow"));
  const made = await world.ended(
    await buildAgain(world, { by: ana, requestId: randomUUID(), imageId: first.image.id }),
  );
  expect(made.build.failure).toBeNull();
  const files = await world.engine.readFiles(made.build.engineImageId ?? "", [
    "/app/listing",
    "/app/said",
    "/app/.home/token",
  ]);
  expect(files.get("/app/said")).toBe("trained\n");
  expect(files.get("/app/listing")).toContain("train.py");
  expect(files.get("/app/listing")).not.toMatch(/left-out|\.home/);
  expect(files.get("/app/.home/token")).toBeUndefined();
  // A link stays one: it leads into the image, not out of the folder.
  expect(files.get("/app/listing")).toMatch(/^l.* shadow -> \/etc\/shadow$/m);
  // The same layers as on any other base: one can sign in.
  expect(made.build.contents?.apt.some((one) => one.startsWith("openssh-server="))).toBe(true);
  expect(await readFile(join(folder, ".berth/image/Dockerfile.base"), "utf8")).toContain("COPY . /app");
  expect(await traces()).toEqual([]);
});

test("a step that fails, a cancel in the middle, an engine that is killed: a true end, and nothing left behind", {
  timeout: 600_000,
}, async () => {
  const fails = await asked(
    "faults",
    ownDockerfile(`FROM ${plain}\nRUN echo before; echo 'no such thing' >&2; exit 3`),
  );
  const failed = await world.ended(fails);
  expect(failed.build).toMatchObject({ state: "failed", engineImageId: null });
  expect(failed.build.failure?.because).toMatch(/no such thing/);
  expect(failed.build.failure?.tail).toEqual(expect.arrayContaining(["before", "no such thing"]));
  expect(await logOf(world, fails.build.id)).toContain("no such thing");

  const hangs = ownDockerfile(`FROM ${plain}\nRUN echo it sleeps ${randomUUID()}; sleep 300`);
  const cancelled = await changed(fails.image.id, hangs);
  await sleeps(cancelled.build.id);
  await cancelBuild(world, { by: ana, buildId: cancelled.build.id });
  expect((await world.ended(cancelled)).build.state).toBe("cancelled");

  const killed = await changed(
    fails.image.id,
    ownDockerfile(`FROM ${plain}\nRUN echo it sleeps ${randomUUID()}; sleep 4`),
  );
  await sleeps(killed.build.id);
  await here.engine.kill();
  await until("it is told that the server is silent", 60, async () => {
    const row = await world.ledger.read((tx) => buildById(tx, killed.build.id));
    return row?.waitsFor && row.attempt === 2 ? true : undefined;
  });
  await here.engine.resume();
  const ended = await world.ended(killed);
  expect(ended.build).toMatchObject({ state: "ready", attempt: 2 });
  expect(await traces()).toEqual([]);
});

/** Until its step prints; each has a word of its own, or an earlier run's would be taken. */
async function sleeps(buildId: number): Promise<void> {
  await until("the step that sleeps", 120, async () => {
    const log = (await logOf(world, buildId)) ?? "";
    return /^it sleeps/m.test(log) ? true : undefined;
  });
}

/** Dangling images, probes, unnamed builds, stopped helpers: nothing of these may be left. */
async function traces(): Promise<string[]> {
  const images = await docker.listImages({ filters: JSON.stringify({ label: ["berth.instance=real"] }) });
  const names = images.flatMap(({ Id, RepoTags }) => {
    const tags = (RepoTags ?? []).filter((tag) => !tag.startsWith("<none>"));
    return tags.length === 0 ? [`${Id} is dangling`] : tags.filter((tag) => /probe|base-of/.test(tag));
  });
  const containers = await docker.listContainers({ all: true });
  return [...names, ...containers.map(({ Names }) => Names.join())];
}
