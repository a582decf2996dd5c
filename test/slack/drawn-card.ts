import type { ContainerView } from "../../src/ledger/queries/container-views.ts";
import type { Container } from "../../src/ledger/schema.ts";
import { card } from "../../src/slack/views/card.ts";
import type { CardFacts } from "../../src/slack/views/card-parts.ts";
import type { Wait } from "../../src/waitlist/waits.ts";

export const now = new Date("2026-11-24T10:00:03.200Z");
export const asked = new Date("2026-11-24T10:00:00Z");
export const later = new Date("2026-11-24T18:00:03Z");
export const evening = new Date("2026-11-24T21:00:00Z");
const inLine = { project: "vision", handle: "ana", place: 1, firsts: [], smaller: [], endings: [] };
const signIn = { command: "ssh -p 22001 ana@gpu1.example.org", fingerprint: "SHA256:abc" };

/** The card of a container that is otherwise alike: its first line, all that is in it, and what its buttons say. */
export function drawn(
  change: Partial<Container>,
  more: Partial<Pick<CardFacts, "devices" | "awaited" | "ends">> & { wait?: Partial<Wait> } = {},
) {
  const container = {
    id: 7,
    state: "running",
    wanted: "running",
    wish: { kind: "gpu", count: 1 },
    hours: 8,
    image: "pytorch-2.8",
    limits: { cpus: 16, memoryGiB: 32, shmGiB: 16, pids: 4096, sudo: true, ptrace: false },
    askedAt: asked,
    standsAt: asked,
    heldGpuHours: 0,
    firstSince: null,
    firstBecause: null,
    grantedAt: asked,
    stateSince: now,
    runningAt: null,
    endsAt: null,
    stoppedAt: null,
    gpuKeptUntil: null,
    placeKeptUntil: null,
    waitsFor: null,
    step: null,
    trouble: null,
    outcome: null,
    buildId: null,
    installed: null,
    resume: null,
    ...change,
  } as Container;
  const device = { gpuIndex: 0, sliceIndex: null, model: "NVIDIA A100-SXM4-40GB", memoryMiB: 40_960 };
  const view = {
    container,
    project: { name: "vision" },
    member: { handle: "ana" },
    devices: [device],
    ends: [],
    ...more,
    ...(more.wait ? { wait: { ...inLine, container, ...more.wait } } : {}),
  } as unknown as ContainerView;
  const message = card({ ...view, now, signIn });
  const text = JSON.stringify(message.blocks);
  const labels = [
    ...text.matchAll(/"type":"button","action_id":"[^"]+","text":\{"type":"plain_text","text":"([^"]+)"/g),
  ];
  return { line: message.text, text, buttons: labels.map(([, label]) => label) };
}
