import { mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { parseCatalogue } from "../../src/images/catalogue.ts";
import { reloadPolicy } from "../../src/jobs/reload-policy.ts";
import { events } from "../../src/ledger/event-table.ts";
import { policySchema } from "../../src/policy/keys.ts";
import { parsePolicy } from "../../src/policy/policy.ts";
import { told } from "../containers/steps.ts";
import { freshDatabase, type TestDatabase } from "../support/database.ts";
import { type MemoryWorld, memoryWorld } from "../support/memory-world.ts";

/** The policy file is read when it changes; a wrong one never changes what is in force, and the admins are told where. */

let database: TestDatabase;
let world: MemoryWorld;
let folder: string;
let path: string;
let job: ReturnType<typeof reloadPolicy>;
const images = `images:\n  - { name: house, framework: python, version: "3.11", image: "python:3", house: true }\n`;
const inForce = "enrol: open\n";

beforeAll(async () => {
  database = await freshDatabase();
  world = await memoryWorld(database.url, { policy: inForce, catalogue: parseCatalogue(images) });
  Object.assign(world.policy, parsePolicy(inForce));
  folder = await mkdtemp(join(tmpdir(), "berth-test-policy-"));
  path = join(folder, "policy.yaml");
  await writeFile(join(folder, "catalogue.yaml"), images);
  await writeFile(path, inForce);
  job = reloadPolicy(path);
  await round();
});
afterAll(async () => {
  await world.end();
  await database.drop();
  await rm(folder, { recursive: true });
});

const round = () => job.run(world, new AbortController().signal);
/** As long as it takes until a text that stays the same counts. */
async function write(text: string): Promise<void> {
  await writeFile(path, text);
  await round();
  await round();
}
const lastTold = async () => (await told(world, "CADMINS")).at(-1);
const happened = () => world.ledger.read((tx) => tx.select().from(events).orderBy(events.id));

test("what is so at the start is no news", async () => {
  expect(await told(world, "CADMINS")).toEqual([]);
  expect(await happened()).toEqual([]);
});

test("a change counts, everywhere the policy is held, and an event and the admins' channel say what changed", async () => {
  const copy = { ...world };
  await write("enrol: ask\ngroups: { student: { max_containers: 7 } }\n");
  expect(copy.policy.groups.student).toEqual({ max_containers: 7 });
  expect(world.policy).toEqual(parsePolicy("enrol: ask\ngroups: { student: { max_containers: 7 } }\n"));
  const [event] = await happened();
  expect(event).toMatchObject({ what: "policy-changed", actor: "policy-file" });
  expect(event?.because).toContain('enrol "open" → "ask"');
  expect(event?.evidence.changes).toContainEqual({ key: "groups.student.max_containers", to: 7 });
  expect(await lastTold()).toMatchObject({
    kind: "note",
    text: expect.stringContaining("groups.student.max_containers nothing → 7"),
  });
  await write(inForce);
});

test("a file that is still being written does not count", async () => {
  await writeFile(path, "enrol: ask\n");
  await round();
  expect(world.policy.enrol).toBe("open");
  await writeFile(path, `${inForce}guests: allow\n`);
  await round();
  expect(world.policy.enrol).toBe("open");
  await round();
  expect(world.policy).toEqual(parsePolicy(`${inForce}guests: allow\n`));
  await write(inForce);
});

test("a file that was replaced, as editors do it, counts", async () => {
  await writeFile(`${path}.new`, `${inForce}guests: allow\n`);
  await rename(`${path}.new`, path);
  await round();
  await round();
  expect(world.policy.guests).toBe("allow");
  await write(inForce);
});

test.each([
  ["an empty file", "  \n", "it is empty"],
  ["what is not YAML", "enrol: [", "This is not YAML"],
  [
    "a group whose one container exceeds its own total",
    "groups:\n  student:\n    memory_gib: 100\n",
    "line 3",
  ],
])("%s changes nothing", async (_sentence, text, words) => {
  await write(text);
  expect(world.policy).toEqual(parsePolicy(inForce));
  expect(await lastTold()).toMatchObject({
    kind: "problem",
    key: "policy-file",
    state: "open",
    detail: expect.stringContaining(words),
  });
  await write(inForce);
  expect(await lastTold()).toMatchObject({ kind: "problem", state: "solved" });
});

test("a file that is gone changes nothing, and is told", async () => {
  await rename(path, `${path}.away`);
  await round();
  await round();
  expect(world.policy).toEqual(parsePolicy(inForce));
  expect(await lastTold()).toMatchObject({ state: "open", detail: expect.stringContaining("ENOENT") });
  await rename(`${path}.away`, path);
  await round();
  await round();
  expect(await lastTold()).toMatchObject({ state: "solved" });
});

test("a wrong catalogue changes nothing of the policy either", async () => {
  await writeFile(join(folder, "catalogue.yaml"), "images:\n  - { name: House }\n");
  await write("enrol: ask\n");
  expect(world.policy.enrol).toBe("open");
  expect(world.catalogue).toEqual(parseCatalogue(images));
  expect(await lastTold()).toMatchObject({ state: "open", detail: expect.stringContaining("line 2") });
  await writeFile(join(folder, "catalogue.yaml"), images.replace("3.11", "3.12"));
  await write(inForce);
  expect(world.catalogue.images[0]?.version).toBe("3.12");
});

test("what needs a start stays as it was, and that is said", async () => {
  await write(`${inForce}workspace_path: /elsewhere/{handle}/{project}\nguests: allow\n`);
  expect(world.policy.workspace_path).toBe("/srv/berth/{handle}/{project}");
  expect(world.policy.guests).toBe("allow");
  expect(await lastTold()).toMatchObject({
    detail: expect.stringContaining("workspace_path counts from the next start of the bot."),
  });
  await write(inForce);
});

type Schema = {
  def?: { innerType?: Schema; shape?: Record<string, Schema>; valueType?: Schema; element?: Schema };
};

/** Every key there is, as a path; a record's and a list's by an example of one. */
function keysOf(schema: Schema, path: string[] = []): string[][] {
  const { innerType, shape, valueType, element } = schema.def ?? {};
  if (innerType) return keysOf(innerType, path);
  if (shape) return Object.entries(shape).flatMap(([key, inner]) => keysOf(inner, [...path, key]));
  if (valueType) return keysOf(valueType, [...path, "student"]);
  if (element && keysOf(element, []).length > 1) return keysOf(element, [...path, "0"]);
  return [path];
}

/** The file that says nothing but that, and the line of its key. */
function fileWith(keys: readonly string[], value: string): { text: string; line: number } {
  const lines = keys.map((key, depth) => {
    const indent = "  ".repeat(depth);
    if (key === "0") return `${indent}-`;
    return `${indent}${key}:${depth === keys.length - 1 ? ` ${value}` : ""}`;
  });
  return { text: `${lines.join("\n")}\n`, line: lines.length };
}

test("every key, wrong once: what is in force stays, and the admins are told its line and its name", async () => {
  const all = keysOf(policySchema as unknown as Schema);
  expect(all.length).toBeGreaterThan(85);
  await write(inForce);
  for (const keys of all) {
    const { text, line } = fileWith(keys, "{ wrong: true }");
    await write(text);
    expect(world.policy, text).toEqual(parsePolicy(inForce));
    const news = await lastTold();
    const name = keys.map((key, i) => (key === "0" ? "[1]" : `${i > 0 ? "." : ""}${key}`)).join("");
    expect(news, text).toMatchObject({ kind: "problem", key: "policy-file", state: "open" });
    const detail = news?.kind === "problem" ? (news.detail ?? "") : "";
    const own = detail
      .split("\n")
      .filter((said) => said.includes(`line ${line}: ${name}`) || said.includes(`${name}.wrong`));
    expect(own, `${text}\n${detail}`).not.toEqual([]);
  }
  expect((await happened()).filter(({ what }) => what === "policy-changed").length).toBeLessThan(20);
  await write(inForce);
});

test("every block, with a misspelt key in it, is refused with its name", async () => {
  const blocks = new Set(
    keysOf(policySchema as unknown as Schema).map((keys) => keys.slice(0, -1).join(" ")),
  );
  for (const block of blocks) {
    const keys = [...block.split(" ").filter(Boolean), "max_containrs"];
    const { text } = fileWith(keys, "3");
    await write(text);
    expect(world.policy, text).toEqual(parsePolicy(inForce));
    expect(await lastTold(), text).toMatchObject({
      state: "open",
      detail: expect.stringContaining("max_containrs"),
    });
  }
  await write(inForce);
});
