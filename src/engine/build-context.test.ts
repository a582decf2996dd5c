import { Readable } from "node:stream";
import tar from "tar-stream";
import { expect, test } from "vitest";
import type { BuildOrder } from "./build.ts";
import { packContext } from "./build-context.ts";

type Entry = Partial<tar.Header> & { name: string; text?: string };

async function packed(entries: Entry[], files: Record<string, string> = {}): Promise<string[]> {
  const context = () => {
    const pack = tar.pack();
    for (const { text, ...header } of entries)
      if (text === undefined) pack.entry(header);
      else pack.entry(header, text);
    pack.finalize();
    return Readable.from(pack, { objectMode: false });
  };
  const order = {
    dockerfile: "FROM judged",
    files: new Map(Object.entries(files)),
    context: { tar: context },
  };
  let wrong: Error | undefined;
  const pack = packContext(order as unknown as BuildOrder, (error) => {
    wrong = error;
  });
  const extract = tar.extract();
  pack.on("error", () => extract.destroy());
  pack.pipe(extract);
  const found: string[] = [];
  try {
    for await (const entry of extract) {
      let text = "";
      for await (const chunk of entry) text += chunk;
      const { type, name, linkname } = entry.header;
      found.push(
        type === "symlink"
          ? `${name} -> ${linkname}`
          : type === "directory"
            ? `${name}/`
            : `${name}: ${text}`,
      );
    }
  } catch (error) {
    throw wrong ?? error;
  }
  if (wrong) throw wrong;
  return found.map((one) => one.replace("//", "/"));
}

const judged = ".berth.Dockerfile: FROM judged";

test("the context comes first, the order's own files above it, the Dockerfile last", async () => {
  expect(
    await packed(
      [
        { name: "./", type: "directory" },
        { name: "./src/", type: "directory" },
        { name: "./src/train.py", text: "print(1)" },
        { name: "latest", type: "symlink", linkname: "/etc/passwd" },
        { name: `${"deep/".repeat(30)}a file with a long, long name.txt`, text: "deep" },
        { name: "pip/requirements.txt", text: "of the workspace" },
      ],
      { "pip/requirements.txt": "of the order" },
    ),
  ).toEqual([
    "src/",
    "src/train.py: print(1)",
    "latest -> /etc/passwd",
    `${"deep/".repeat(30)}a file with a long, long name.txt: deep`,
    "pip/requirements.txt: of the order",
    judged,
  ]);
});

test.each<[string, Entry[]]>([
  ["its name", [{ name: ".berth.Dockerfile", text: "FROM evil" }]],
  ["its name by a detour", [{ name: "./a/../.berth.Dockerfile", text: "FROM evil" }]],
  ["an absolute name", [{ name: "/.berth.Dockerfile", text: "FROM evil" }]],
  ["a link", [{ name: ".berth.Dockerfile", type: "symlink", linkname: "evil" }]],
  ["a directory", [{ name: ".berth.Dockerfile/", type: "directory" }]],
  ["a file below it", [{ name: ".berth.Dockerfile/x", text: "FROM evil" }]],
  ["a hard link", [{ name: "copy", type: "link", linkname: ".berth.Dockerfile" }]],
  ["a device", [{ name: "null", type: "character-device", devmajor: 1, devminor: 3 }]],
])("nothing of the context takes the judged Dockerfile's place: %s", async (_how, entries) => {
  expect(await packed(entries)).toEqual([judged]);
});

test("a link where the order needs a directory is left out", async () => {
  expect(
    await packed([{ name: "pip", type: "symlink", linkname: "/etc" }], { "pip/requirements.txt": "numpy" }),
  ).toEqual(["pip/requirements.txt: numpy", judged]);
});

test.each(["../outside", "a/../../outside", ".."])("a name that leads out ends it: %s", async (name) => {
  await expect(packed([{ name, text: "x" }])).rejects.toThrow("leads out");
});

test("a file as large as many chunks comes through whole", async () => {
  const text = "0123456789".repeat(100_000);
  const [large] = await packed([{ name: "large", text }]);
  expect(large).toBe(`large: ${text}`);
});
