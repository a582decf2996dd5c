import { expect, test } from "vitest";
import { wallClock } from "../clock.ts";
import { memoryEngine } from "../engine/memory.ts";
import { contentsPaths, factsPaths, readBaseFacts, readContents } from "../images/dockerfile/look.ts";
import { pretendedList } from "./pretended-lists.ts";

test("an image that is only pretended tells of a base that can be built on, and of what was asked for", async () => {
  const engine = memoryEngine({ clock: wallClock, images: ["house:1"], fileOf: pretendedList });
  const base = await engine.image("house:1");
  const facts = readBaseFacts(await engine.readFiles(base?.id ?? "", factsPaths));
  expect(facts).toMatchObject({ os: "debian", missing: [], lacks: [], python: "3.11.2" });
  const built = await engine.build(
    {
      id: "one",
      dockerfile: "FROM house:1\nRUN --mount=type=bind,source=pip-own,target=/run/berth pip install\n",
      files: new Map([
        ["pip-own/requirements.txt", 'numpy>=1.26,<2\ntimm\ntorch[extra]==2.8.0; python_version > "3.8"\n'],
        ["apt-own/packages.txt", "git\ntmux=3.3a-3\n"],
      ]),
      labels: {},
      tags: ["mine:1"],
      buildArgs: {},
      registryLogins: {},
    },
    () => {},
    AbortSignal.timeout(10_000),
  );
  if (built.is !== "ready") throw new Error(built.error);
  expect(readContents(await engine.readFiles(built.imageId, contentsPaths))).toEqual({
    os: "Debian 12",
    python: "3.11.2",
    cuda: null,
    pip: ["numpy==1.26", "timm==1.0.0", "torch==2.8.0"],
    apt: ["git=1.0-1", "tmux=3.3a-3"],
    aptManual: ["git", "tmux"],
  });
});
