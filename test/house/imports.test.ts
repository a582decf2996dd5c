import { globSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { allowedCalls } from "./room-map.ts";
import { type Import, importsOf } from "./source.ts";

const files = globSync("src/**/*.ts").sort();
const tests = files.filter((file) => file.endsWith(".test.ts"));
const sources = files.filter((file) => !tests.includes(file));
const imports = new Map(sources.map((file) => [file, importsOf(file)]));
const roomOf = (file: string) => file.split("/")[1] ?? "";
const isRoom = (name: string) => !name.endsWith(".ts");

/** What starts everything, what reads the environment for all, and the demo, which plays the whole world around the bot. */
const outermost = [
  "main.ts",
  "start.ts",
  "open-postgres.ts",
  "diagnose.ts",
  "machine.ts",
  "cli.ts",
  "cli",
  "config.ts",
  "demo",
];

test("no file imports itself in a circle", () => {
  const circles: string[] = [];
  const state = new Map<string, "on the way" | "seen">();
  const walk = (file: string, way: readonly string[]) => {
    state.set(file, "on the way");
    // `import type` is gone before anything runs.
    for (const { to } of (imports.get(file) ?? []).filter((one) => !one.typeOnly)) {
      if (state.get(to) === "on the way") circles.push([...way.slice(way.indexOf(to)), to].join(" → "));
      else if (imports.has(to) && !state.has(to)) walk(to, [...way, to]);
    }
    state.set(file, "seen");
  };
  for (const file of sources) if (!state.has(file)) walk(file, [file]);
  expect(circles).toEqual([]);
});

test("a room calls only the rooms below it, as ARCHITECTURE.md's table says", () => {
  const calls = allowedCalls();
  const wrong: string[] = [];
  eachImport(({ from, to, typeOnly }) => {
    const [caller, called] = [roomOf(from), roomOf(to)];
    if (caller === called || outermost.includes(caller) || !isRoom(called) || !to.startsWith("src/")) return;
    // The shapes of rows, engine and host are everybody's words; so is World, which names them.
    const word = typeOnly && ["ledger", "engine", "host"].includes(called);
    const world = from === "src/world.ts" && typeOnly;
    if (!word && !world && !calls.get(caller)?.includes(called)) wrong.push(`${from} → ${to}`);
  });
  expect(wrong).toEqual([]);
});

test("the table has a row for every room", () => {
  const rooms = readdirSync("src", { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const filled = rooms.map(({ name }) => name).filter((name) => readdirSync(`src/${name}`).length > 0);
  expect([...allowedCalls().keys(), ...outermost]).toEqual(expect.arrayContaining(filled));
});

test("nobody calls the outermost but the command line, the demo and the doctor", () => {
  const wrong: string[] = [];
  eachImport(({ from, to }) => {
    const callers = [
      "cli.ts",
      "cli",
      "start.ts",
      "open-postgres.ts",
      "diagnose.ts",
      "machine.ts",
      "demo",
      "doctor",
    ];
    if (outermost.includes(roomOf(to)) && to.startsWith("src/") && !callers.includes(roomOf(from)))
      wrong.push(`${from} → ${to}`);
  });
  expect(wrong).toEqual([]);
});

test("each outside technology has one keeper", () => {
  const keepers: Record<string, string> = {
    "@slack": "slack",
    pg: "ledger",
    "drizzle-orm": "ledger",
    dockerode: "engine",
    "fast-xml-parser": "host",
    ssh2: "access",
    yaml: "policy",
    "node-cron": "jobs",
    "prom-client": "health",
    pino: "log.ts",
  };
  const wrong: string[] = [];
  eachImport(({ from, to }) => {
    const keeper = keepers[to.split("/")[0] ?? ""];
    if (keeper && ![keeper, "demo"].includes(roomOf(from))) wrong.push(`${from} → ${to}`);
  });
  expect(wrong).toEqual([]);
});

test("a program is run only where it is listed here, and nvidia-smi only by the host", () => {
  const runs = sources.filter((file) => imports.get(file)?.some(({ to }) => to === "node:child_process"));
  expect(runs.filter((file) => !["demo", "doctor"].includes(roomOf(file)))).toEqual([
    "src/access/host-key.ts", // ssh-keygen
    "src/host/nvidia-smi.ts",
    "src/host/space-used.ts", // du
    "src/ledger/postgres/run-command.ts", // initdb, pg_ctl, useradd
    "src/ledger/postgres/start-lock.ts", // flock
  ]);
});

test("only the line grants; what the engine shows to be held is written down in three other places", () => {
  const users = (word: string) => sources.filter((file) => new RegExp(`\\b${word}\\b`).test(code(file)));
  expect(users("insertLeases")).toEqual(["src/ledger/queries/leases.ts", "src/waitlist/serve.ts"]);
  expect(users("writeDownHeld")).toEqual([
    "src/containers/adopt.ts",
    "src/containers/reconcile.ts",
    "src/containers/set-right.ts",
    "src/ledger/queries/leases.ts",
  ]);
});

test("time and dice come from World alone", () => {
  const edges = ["src/clock.ts", "src/random.ts", "src/main.ts", "src/cli.ts"];
  // Slack's client and fetch take a signal per request, nothing else.
  const limitsOfCalls = ["src/slack/clients.ts", "src/slack/send-file.ts", "src/slack/sent-file.ts"];
  const secrets = ["src/ledger/postgres/server.ts"]; // a password is no die that a test wants to throw again
  const reads =
    /\bDate\.now\(|new Date\(\)|\bset(Timeout|Interval|Immediate)\(|Math\.random|performance\.now/;
  const asks = (file: string) =>
    reads.test(code(file)) ||
    imports.get(file)?.some(({ to }) => /^node:timers/.test(to)) ||
    (/AbortSignal\.timeout\(/.test(code(file)) && !limitsOfCalls.includes(file)) ||
    (/\brandom(Int|UUID|Bytes)\(/.test(code(file)) && !secrets.includes(file));
  const wrong = sources.filter((file) => roomOf(file) !== "demo" && !edges.includes(file) && asks(file));
  expect(wrong).toEqual([]);
});

test("rules are pure: values in, values out, and so is all that they call", () => {
  const pure = globSync([
    "src/gpu/{choose,inventory,model,part,weigh}.ts",
    "src/policy/{allow,keys,limit-value,limit-words,nearest,yaml-door}.ts",
    "src/ends/idle-end.ts",
    "src/waitlist/{halted,next,wish}.ts",
    "src/idle/{between,fold,judge,keep,look-back,minute,reading,slice}.ts",
    "src/containers/{compare,labels,names,spec}.ts",
    "src/images/{catalogue-find,catalogue-search,catalogue-version,difference,names,recipe,runs-on}.ts",
    "src/images/{dockerfile,packages}/*.ts",
    "src/images/build/{step-names,why-failed}.ts",
    "src/members/{handles,names}.ts",
    "src/access/{fingerprint,instructions,keys,places,wire}.ts",
    "src/slack/views/*.ts",
    "src/{sentence,errors}.ts",
  ]);
  expect(pure.length).toBeGreaterThan(30);
  const computing = new Set([
    "node:path",
    "node:crypto",
    "node:util",
    "zod",
    "fastest-levenshtein",
    "yaml",
    "dockerfile-ast",
    "@renovatebot/pep440",
  ]);
  const seen = new Set<string>();
  const wrong: string[] = [];
  const look = (file: string) => {
    if (seen.has(file)) return;
    seen.add(file);
    if (/\basync\b|\bawait\b|\bPromise\.|\bnew Promise\b|\bprocess\./.test(code(file)))
      wrong.push(`${file} waits or looks outside`);
    for (const { to, typeOnly } of imports.get(file) ?? []) {
      if (typeOnly) continue;
      if (to.startsWith("src/")) look(to);
      else if (!computing.has(to)) wrong.push(`${file} → ${to}`);
    }
  };
  for (const file of pure) look(file);
  expect(wrong).toEqual([]);
});

function eachImport(look: (one: Import & { from: string }) => void): void {
  for (const [from, list] of imports) for (const one of list) look({ from, ...one });
}

/** Without comments, which may speak of what the code must not do. */
function code(file: string): string {
  return readFileSync(file, "utf8").replace(/\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*$/gm, "");
}
