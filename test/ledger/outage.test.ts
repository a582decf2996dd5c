import { mkdtemp, readFile, rm } from "node:fs/promises";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { becomeActive } from "../../src/ledger/active.ts";
import { seenKeys } from "../../src/ledger/bot-tables.ts";
import { LedgerUnreachable } from "../../src/ledger/errors.ts";
import type { OpenLedger } from "../../src/ledger/ledger.ts";
import { migrate } from "../../src/ledger/migrate.ts";
import { layout } from "../../src/ledger/postgres/layout.ts";
import { startTestServer, stopTestServer } from "../support/database.ts";
import { testLedger } from "../support/ledger.ts";

/** A server of this file's own, which is killed. */
let stateDir: string;
let url: string;
let ledger: OpenLedger | undefined;
let between: Between | undefined;

beforeEach(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "berth-outage-"));
  ({ url } = await startTestServer(stateDir));
  await migrate({ url });
});

afterEach(async () => {
  await ledger?.close();
  await between?.close();
  ledger = undefined;
  between = undefined;
  await stopTestServer(stateDir);
  await rm(stateDir, { recursive: true, force: true });
});

test("a server that is killed is told in words, revived, and served from again by the same process", async () => {
  const open = await testLedger(url, { checkEpoch: true });
  ledger = open;
  const active = await becomeActive(open, { who: "test" });
  await note(open, "before");
  // Some connections at rest, some at work.
  await Promise.all(Array.from({ length: 8 }, () => open.read((tx) => tx.$count(seenKeys))));
  process.kill(await serverPid(), "SIGKILL");
  expect(await active?.lost).toContain("the connection that holds the lock");
  await expect(note(open, "while it is away")).rejects.toThrow(LedgerUnreachable);
  // Its backends outlive a killed server for a moment, and one of them may still answer what only reads.
  await expect
    .poll(() => open.read((tx) => tx.$count(seenKeys)).catch((error: unknown) => error), { timeout: 10_000 })
    .toBeInstanceOf(LedgerUnreachable);

  const again = await becomeActive(open, { who: "test", revive: () => startTestServer(stateDir) });
  expect(again?.epoch).toBe(active!.epoch + 1);
  await note(open, "after");
  const keys = await open.read((tx) => tx.select().from(seenKeys));
  expect(keys.map((row) => row.key).sort()).toEqual(["after", "before"]);
  await again?.release();
});

test.each([
  ["after it arrived", "answer", 1],
  ["before it arrived", "question", 2],
] as const)("the connection breaks at the commit, %s: it is done once", async (_when, lost, runs) => {
  between = await openBetween();
  const open = await testLedger(url.replace(/host=.*/, `host=${encodeURIComponent(between.folder)}`));
  ledger = open;
  let ran = 0;
  let heard = 0;
  open.onCommit(() => heard++);
  const result = await open.transaction(async (tx) => {
    ran++;
    await tx.insert(seenKeys).values({ key: `run ${ran}`, at: new Date() });
    if (ran === 1) between?.breakNextCommit(lost);
    return ran;
  });
  expect({ ran, result, heard }).toEqual({ ran: runs, result: runs, heard: 1 });
  const keys = await open.read((tx) => tx.select().from(seenKeys));
  expect(keys.map((row) => row.key)).toEqual([`run ${runs}`]);
});

type Between = {
  /** Where clients find it, as if it were the server. */
  readonly folder: string;
  /** The next connection that commits loses its question on the way, or the answer to it; then it is cut. */
  breakNextCommit(lost: "question" | "answer"): void;
  close(): Promise<void>;
};

/** Stands between a client and the server and passes everything on but what it is told to lose. */
async function openBetween(): Promise<Between> {
  const real = join(layout(stateDir, process.getuid?.() === 0).sockets, ".s.PGSQL.5432");
  const folder = await mkdtemp(join(tmpdir(), "berth-between-"));
  const sockets = new Set<Socket>();
  let armed: "question" | "answer" | undefined;
  const server: Server = createServer((client) => {
    const upstream = createConnection(real);
    let losesAnswer = false;
    const cut = () => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", cut);
      socket.on("close", cut);
    }
    client.on("data", (chunk) => {
      const lost = armed && chunk.includes("commit\0") ? armed : undefined;
      if (lost) armed = undefined;
      if (lost === "question") return cut();
      losesAnswer = lost === "answer";
      upstream.write(chunk);
    });
    upstream.on("data", (chunk) => (losesAnswer ? cut() : client.write(chunk)));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, ".s.PGSQL.5432"), resolve));
  return {
    folder,
    breakNextCommit(lost) {
      armed = lost;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function note(to: OpenLedger, key: string): Promise<unknown> {
  return to.transaction((tx) => tx.insert(seenKeys).values({ key, at: new Date() }));
}

async function serverPid(): Promise<number> {
  const file = join(layout(stateDir, process.getuid?.() === 0).data, "postmaster.pid");
  return Number((await readFile(file, "utf8")).split("\n")[0]);
}
