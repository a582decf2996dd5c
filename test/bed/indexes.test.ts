import { join } from "node:path";
import { Readable } from "node:stream";
import Docker from "dockerode";
import tar from "tar-stream";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type AptIndex, aptIndex } from "../support/apt-index.ts";
import { type Bed, bed } from "../support/bed.ts";
import { type PipIndex, pipIndex } from "../support/pip-index.ts";

let shared: Bed;
let pip: PipIndex;
let apt: AptIndex;

beforeAll(async () => {
  shared = await bed();
  pip = await pipIndex([
    { name: "numpy", version: "1.26.4" },
    { name: "numpy", version: "2.1.0" },
    {
      name: "Ruamel.Yaml",
      version: "0.18",
      requires: ["numpy"],
      extras: { fast: ["speed-ups>=1; python_version >= '3.8'", "other; python_version < '3.0'"] },
    },
    { name: "speed_ups", version: "1.2", commands: { faster: "print('much faster')" } },
    { name: "future", version: "9", requiresPython: ">=4" },
    { name: "future", version: "8" },
  ]);
  apt = await aptIndex(join(import.meta.dirname, "../../.berth/cache/apt"));
});
beforeEach(() => shared.clear());
afterAll(async () => {
  await pip?.close();
  await apt?.close();
});

test("pip in a build finds the test's own packages: versions, extras, markers, commands", async () => {
  const said = await build(`FROM ${shared.imageRef}
RUN pip install --no-cache-dir --index-url ${pip.url} --trusted-host ${pip.host} 'numpy<2' 'ruamel-yaml[fast]' future \\
 && pip freeze && faster && python3 -c 'import numpy; print("numpy is", numpy.__version__)'
`);
  expect(said).toContain("numpy==1.26.4\n");
  expect(said).toContain("Ruamel.Yaml==0.18\n");
  expect(said).toMatch(/speed.ups==1.2\n/);
  expect(said).toContain("future==8\n");
  expect(said).not.toContain("other==");
  expect(said).toContain("much faster");
  expect(said).toContain("numpy is 1.26.4");
  expect(pip.asked()).toContain("/files/numpy-1.26.4-py3-none-any.whl");
});

test("a container on a network of its own reaches it too", async () => {
  const docker = new Docker({ socketPath: shared.socketPath });
  const network = await docker.createNetwork({
    Name: "apart",
    Options: { "com.docker.network.bridge.enable_icc": "false" },
  });
  try {
    const container = await docker.createContainer({
      Image: shared.imageRef,
      Cmd: ["pip", "install", "--index-url", pip.url, "--trusted-host", pip.host, "numpy"],
      HostConfig: { NetworkMode: "apart" },
    });
    await container.start();
    const { StatusCode } = (await container.wait()) as { StatusCode: number };
    const said = (await container.logs({ stdout: true, stderr: true })).toString();
    expect(said).toContain("Successfully installed numpy-2.1.0");
    expect(StatusCode).toBe(0);
    await container.remove();
  } finally {
    await network.remove();
  }
});

test("apt in a build gets the distribution's signed packages from it, and the second time nobody else is asked", async () => {
  const dockerfile = (n: number) => `FROM ${shared.imageRef}
RUN printf '%s\\n' ${apt.sources.map((line) => `'${line}'`).join(" ")} > /etc/apt/sources.list \\
 && rm -rf /etc/apt/sources.list.d/* \\
 && apt-get update && apt-get install -y --no-install-recommends tree && tree --version && echo ${n}
`;
  expect(await build(dockerfile(1))).toContain("tree v");
  const before = apt.fetched();
  expect(await build(dockerfile(2))).toContain("tree v");
  expect(apt.fetched()).toBe(before);
  expect(apt.asked().some((path) => path.endsWith(".deb"))).toBe(true);
});

/** What the steps printed. Throws the engine's words if one failed. */
async function build(dockerfile: string): Promise<string> {
  const docker = new Docker({ socketPath: shared.socketPath });
  const context = tar.pack();
  context.entry({ name: "Dockerfile" }, dockerfile);
  context.finalize();
  // The first builder prints everything in plain text.
  const stream = await docker.buildImage(Readable.from(context), { nocache: true, forcerm: true });
  let said = "";
  for await (const part of stream) {
    for (const line of String(part).split("\r\n").filter(Boolean)) {
      const { stream = "", error } = JSON.parse(line) as { stream?: string; error?: string };
      said += stream;
      if (error) throw new Error(`${error}\n${said}`);
    }
  }
  const made = /Successfully built ([0-9a-f]+)/.exec(said)?.[1];
  if (made) await docker.getImage(made).remove({ force: true });
  return said;
}
