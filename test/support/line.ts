import type { Holder } from "../../src/ledger/queries/holders.ts";
import type { Container, Device } from "../../src/ledger/schema.ts";
import { a100 } from "./a100.ts";

/** What is decided about the line is decided of values. All of them are of one day, and it is noon. */
export const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);
export const noon = at("12:00");

/** By its number alone. */
export const gpu = (index: number): Device => a100(index, { id: `${index}` });

/** In the line for so many GPUs, each request of a member of its own. */
export function asks(id: number, count: number, more: Partial<Container> = {}): Container {
  return {
    id,
    memberId: id,
    wish: { kind: "gpu", count },
    hours: 8,
    nodeId: null,
    limits: null,
    standsAt: at("11:00"),
    firstSince: null,
    ...more,
  } as Container;
}

/** Runs on these GPUs since ten; without an end where none is given. */
export function holds(gpus: number[], endsAt: string | null, more: Partial<Holder> = {}): Holder {
  return {
    containerId: 100 + (gpus[0] ?? 50),
    memberId: 100,
    nodeId: "gpu1",
    state: "running",
    stateSince: at("10:00"),
    wanted: "running",
    wantedBy: "owner",
    hours: 8,
    grantedAt: at("10:00"),
    endsAt: endsAt === null ? null : at(endsAt),
    gpuKeptUntil: null,
    devices: gpus.map(gpu),
    gpuEquivalents: gpus.length,
    memoryGiB: 128,
    adminEndsAt: null,
    isExempt: false,
    ...more,
  };
}
