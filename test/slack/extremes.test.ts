import { expect, test } from "vitest";
import { checkBlocks } from "../../src/demo/slack/blocks/check.ts";
import type { Event } from "../../src/ledger/event-table.ts";
import type { Exemption, Override, Petition } from "../../src/ledger/limit-tables.ts";
import type { ContainerView } from "../../src/ledger/queries/container-views.ts";
import type { Key, Member } from "../../src/ledger/schema.ts";
import type { LimitsAndUse } from "../../src/members/limits.ts";
import { defaultPolicy, limitsOf } from "../../src/policy/policy.ts";
import { commandWords } from "../../src/slack/commands/index.ts";
import type { KnownBlock } from "../../src/slack/views/blocks.ts";
import { board } from "../../src/slack/views/board.ts";
import { card } from "../../src/slack/views/card.ts";
import { deployed } from "../../src/slack/views/deployed.ts";
import { helpOverview, helpTopic, topics } from "../../src/slack/views/help.ts";
import { home } from "../../src/slack/views/home.ts";
import { keyList } from "../../src/slack/views/keys.ts";
import { limitsMessage } from "../../src/slack/views/limits.ts";
import { list } from "../../src/slack/views/list.ts";
import { memberPage } from "../../src/slack/views/member.ts";
import { membersMessage } from "../../src/slack/views/members.ts";
import { note } from "../../src/slack/views/notes.ts";
import { petitionMessage } from "../../src/slack/views/petition.ts";
import { queue } from "../../src/slack/views/queue.ts";
import { sshConfigPage } from "../../src/slack/views/ssh-config.ts";
import { approvals } from "../../src/slack/views/welcome.ts";
import { whyMessage } from "../../src/slack/views/why.ts";
import type { Board, InLine } from "../../src/waitlist/shown.ts";
import type { Wait } from "../../src/waitlist/waits.ts";

/** Whatever stands in the rows, what is drawn from them is within Slack's limits. */

const at = new Date("2026-11-24T10:00:00Z");
const long = `${"<&>`*_~ ".repeat(600)}🦊`;

const limitsAndUse: LimitsAndUse = {
  limits: limitsOf(defaultPolicy(), { group: "admin" }, [], new Date(0)),
  use: { gpuEquivalents: 3.4285714, containers: 7, memoryGiB: 99.9, waiting: 2 },
  storage: {
    images: 5,
    imageBytes: 64_424_509_440.5,
    workspaceBytes: 1e15,
    fullest: { project: "p".repeat(40), containerId: 2_000_000_000, bytes: 49.99 * 1024 ** 3 },
    measuredAt: at,
  },
  budget: { used: 1e3, most: null, left: null, refills: [{ at, gpuHours: 1 / 3 }] },
  source: (key) => ({ is: "override", until: at, reason: `${key} ${long}` }),
};

function view(i: number, state: string): ContainerView {
  return {
    container: {
      id: 2_000_000_000 - i,
      state,
      wanted: "running",
      wish: { kind: "gpu", count: 8, model: "x".repeat(60) },
      hours: 71.123456,
      image: "i".repeat(200),
      limits: null,
      askedAt: at,
      stateSince: at,
      grantedAt: at,
      runningAt: at,
      endsAt: at,
      stoppedAt: at,
      gpuKeptUntil: new Date(at.getTime() + 1000),
      placeKeptUntil: new Date(at.getTime() + 1000),
      waitsFor: long,
      trouble: long,
      outcome: long,
      step: "image",
    },
    project: { name: "p".repeat(40) },
    member: { handle: "h".repeat(31) },
    devices: Array.from({ length: 16 }, (_, gpuIndex) => ({
      gpuIndex,
      sliceIndex: null,
      model: "NVIDIA A100-SXM4-80GB",
      memoryMiB: 81_920,
    })),
    ends: [{ id: 1, at, reason: "admin", because: long }],
    place: 640,
  } as unknown as ContainerView;
}

function overview(devices: number, waiting: number): Board {
  return {
    nodes: [{ id: "gpu1", state: "unreachable", stateSince: at, reason: long }],
    devices: Array.from({ length: devices }, (_, i) => ({
      device: {
        id: `GPU-${i}`,
        gpuIndex: i,
        sliceIndex: i % 3 === 0 ? null : i,
        profile: "3g.20gb",
        model: "NVIDIA RTX PRO 6000 Blackwell Max-Q Workstation Edition",
        memoryMiB: 97_887,
        state: i % 5 === 0 ? "quarantined" : "ok",
        reason: i % 5 === 0 ? long : null,
      },
      memoryUsedMiB: 50_000,
      utilisationPercent: 3,
      holder: {
        handle: "h".repeat(31),
        project: "p".repeat(40),
        since: at,
        until: at,
        state: "running",
        keptUntil: null,
        isFreeOnDemand: i % 2 === 0,
      },
    })),
    left: [{ nodeId: "gpu1", memoryGiB: 1_999.97, diskBytes: 2 ** 50 - 1 }],
    line: line(waiting),
    readAt: at,
    pause: { by: "d".repeat(31), reason: long, setAt: at },
    drains: [{ nodeId: "gpu1", gpuUuid: null, by: "d".repeat(31), reason: long, setAt: at, endsAt: at }],
  } as unknown as Board;
}

/** Every third passed over, every fourth put first with a long reason, ranges of every kind. */
function line(waiting: number): InLine[] {
  const later = new Date(at.getTime() + 3_600_000);
  return Array.from({ length: waiting }, (_, i) => ({
    container: {
      ...view(i, "waiting").container,
      passedOver: i % 3 === 2,
      standsAt: at,
      heldGpuHours: 1e6 / 7,
      firstSince: i % 4 === 0 ? at : null,
      firstBecause: i % 4 === 0 ? long : null,
    },
    project: "p".repeat(40),
    handle: "h".repeat(31),
    slackUserId: "UANA",
    place: i % 3 === 2 ? undefined : i + 1,
    range: [
      { earliest: at, latest: later },
      { earliest: later, latest: later, promisedBy: later },
      { earliest: later, latest: null, because: long },
      undefined,
    ][i % 4],
  }));
}

function wait(one: InLine): Wait {
  const smaller = { wish: { kind: "gpu" as const, count: 7, model: "x".repeat(60) }, hours: 23.75 };
  return {
    ...one,
    firsts: [long, long, long, long],
    smaller: [smaller, { wish: { kind: "mig", profile: "1g.10gb+me" }, hours: 71.123456 }],
    endings: (["free-gpu", "stop", "retire"] as const).map((how) => ({
      containerId: 2_000_000_000,
      project: "p".repeat(40),
      how,
    })),
  };
}

const member = { id: 1, slackUserId: "UANA", name: long, handle: "h".repeat(31), state: "asking" } as Member;
const key = {
  id: 1,
  type: "ssh-ed25519",
  comment: long.slice(0, 200),
  fingerprint: "SHA256:abc",
  addedAt: at,
} as Key;
const event = {
  at,
  what: "granted",
  because: long,
  evidence: { rule: long, devices: [long, long], wish: { long }, n: 1 / 3 },
} as unknown as Event;
const states = ["waiting", "starting", "running", "stopping", "stopped", "retired", "failed"];
const how = {
  command: "ssh",
  host: "vision.berth",
  configBlock: long,
  knownHostsLine: long,
  fingerprint: "SHA256:abc",
  vscodeUrl: "vscode://vscode-remote/ssh-remote+vision.berth/workspace",
  jupyterLine: long,
  rsyncLine: long,
};

const messages: [string, KnownBlock[]][] = [
  ...states.map((state): [string, KnownBlock[]] => [
    `card, ${state}`,
    card({ ...view(1, state), now: at, signIn: { command: long, fingerprint: long } }).blocks,
  ]),
  ["board of 640 devices and 500 who wait", board(overview(640, 500), { names: "handle", now: at }).blocks],
  ["board of none", board(overview(0, 0), { names: "none", now: at }).blocks],
  [
    "card of one that waits, with all there is to say",
    card({ ...view(1, "waiting"), wait: wait(line(1)[0]!), now: at, signIn: undefined }).blocks,
  ],
  [
    "answer to whoever waits",
    deployed(view(1, "waiting"), { prefix: "", wait: wait(line(3)[2]!), now: at }).blocks,
  ],
  ["place of somebody with 500 in the line", queue(line(500).map(wait), { inLine: 500, now: at }).blocks],
  ["place of nobody", queue([], { inLine: 500, now: at }).blocks],
  [
    "list of 30",
    list(
      Array.from({ length: 30 }, (_, i) => view(i, states[i % 7] ?? "running")),
      at,
    ).blocks,
  ],
  ["limits", limitsMessage(limitsAndUse, "g".repeat(30)).blocks],
  ["20 keys", keyList(Array.from({ length: 20 }, (_, i) => ({ ...key, id: i + 1 }))).blocks],
  ["why", whyMessage(Array.from({ length: 10 }, () => event)).blocks],
  [
    "note",
    note({
      kind: "note",
      text: long,
      detail: long,
      offers: states.map((_, containerId) => ({ kind: "run", containerId })),
    }).blocks,
  ],
  [
    "30 who ask",
    approvals(
      Array.from({ length: 30 }, () => member),
      Array.from({ length: 120 }, (_, i) => `group-${i}`),
      "group-0",
    ).blocks,
  ],
  ["help", helpOverview(commandWords("some-long-prefix-"), "some-long-prefix-", true).blocks],
  ...topics.map(({ name }): [string, KnownBlock[]] => [name, helpTopic(name, "lab-")?.blocks ?? []]),
];

const petition = (kind: "limit" | "extension", state: "open" | "granted" | "declined") => ({
  petition: {
    id: 1,
    wish:
      kind === "limit"
        ? { kind, key: "max_gpu_equivalents", to: 1e9, until: at.toISOString() }
        : { kind, containerId: 1, hours: 71.25 },
    reason: long.slice(0, 500),
    state,
  } as Petition,
  member: { ...member, state: "active" as const },
  decidedBy: state === "open" ? null : member,
});
for (const kind of ["limit", "extension"] as const)
  for (const state of ["open", "granted", "declined"] as const)
    messages.push([
      `petition for ${kind}, ${state}`,
      petitionMessage(petition(kind, state), "p".repeat(40)).blocks,
    ]);
messages.push([
  "200 members",
  membersMessage(
    Array.from({ length: 200 }, () => member),
    long,
    15,
  ).blocks,
]);
const ofEach = (n: number) => Array.from({ length: n }, (_, i) => ({ id: i + 1, reason: long, until: at }));
const fullPage = memberPage({
  member: { ...member, uid: 2_000_000_000, group: "g".repeat(31), state: "active", createdAt: at },
  containers: Array.from({ length: 40 }, (_, i) => view(i, states[i % 7] ?? "running")),
  overrides: ofEach(25).map((one) => ({ ...one, key: "cpus", value: { to: 1 } })) as Override[],
  exemptions: ofEach(40).map((one) => ({ ...one, spares: "end", containerId: 1 })) as Exemption[],
  petitions: Array.from({ length: 20 }, (_, i) => ({ ...petition("limit", "open").petition, id: i })),
  groups: Array.from({ length: 120 }, (_, i) => `group-${i}`),
});

test.each(messages)("%s is a message that Slack takes", (_name, blocks) => {
  expect(blocks.length).toBeGreaterThan(0);
  expect(checkBlocks(blocks, "message")).toEqual([]);
});

test.each([
  ["SSH config", sshConfigPage("vision", 7, how).blocks],
  ["why", whyMessage([event, event]).blocks],
  ["board", board(overview(640, 500), { names: "handle", now: at }).blocks],
  ["a member's page", fullPage.blocks as KnownBlock[]],
])("%s is a modal that Slack takes", (_name, blocks) => {
  expect(checkBlocks(blocks, "modal")).toEqual([]);
});

test.each(["new", "asking", "active"] as const)("Home of somebody %s is one that Slack takes", (state) => {
  const containers = Array.from({ length: 40 }, (_, i) => view(i, states[i % 7] ?? "running"));
  const blocks = home({
    name: long,
    state,
    keys: 0,
    containers,
    limits: limitsAndUse,
    overview: overview(640, 0),
    line: line(9),
    now: at,
  });
  expect(checkBlocks(blocks, "home")).toEqual([]);
});

test("of 500 who wait the first are shown, and how many more there are", () => {
  const blocks = board(overview(8, 500), { names: "none", now: at }).blocks;
  expect(JSON.stringify(blocks)).toContain("… and 475 more.");
  expect(JSON.stringify(blocks)).not.toContain("hhhh");
  expect(JSON.stringify(queue(line(500).map(wait), { inLine: 500, now: at }).blocks)).toContain(
    "… and 494 more of yours.",
  );
});

test("no message is longer than an edit may be", () => {
  expect(card({ ...view(1, "running"), now: at, signIn: undefined }).text.length).toBeLessThan(4000);
  expect(queue(line(500).map(wait), { inLine: 500, now: at }).text.length).toBeLessThan(4000);
  expect(board(overview(640, 500), { names: "handle", now: at }).text.length).toBeLessThan(4000);
});
