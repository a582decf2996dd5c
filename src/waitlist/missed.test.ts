import { expect, test } from "vitest";
import { a100 } from "../../test/support/a100.ts";
import type { AdminAct } from "../ledger/queries/admin-acts.ts";
import type { NodeRow } from "../ledger/schema.ts";
import { judgeMiss, type Waited } from "./missed.ts";
import type { Missed } from "./promise.ts";

/** Promised for 14:15, looked at 14:20. */
const at = (time: string) => new Date(`2026-11-27T${time}:00Z`);
const up = { id: "gpu1", state: "up" } as NodeRow;
const waited: Waited = { held: undefined, botSince: at("08:00"), isStopping: false, planned: at("14:00") };

const act = (what: AdminAct["what"], by: string, more: Partial<AdminAct> = {}): AdminAct => ({
  ...{ what, by, reason: `${what} of ${by}`, at: at("13:00"), endedAt: null },
  ...more,
});
const pause = act("pause", "dmitri");
const drain = act("gpu-drain", "dmitri");
const nodeDrain = act("node-drain", "dmitri");
const override = act("override", "eve", { at: at("13:30") });

test.each<[string, Missed["is"], AdminAct[], string | undefined, Partial<Parameters<typeof judgeMiss>[1]>?]>([
  [
    "paused, and a limit was changed since: the pause is why",
    "no node",
    [override, pause],
    "admin: dmitri paused",
  ],
  [
    "the server is drained, and a limit was changed since",
    "no node",
    [override, nodeDrain],
    "admin: dmitri took the server",
  ],
  ["a GPU that is drained takes no server away", "no node", [drain], undefined],
  [
    "a pause that is over doesn't either: it is only being looked at",
    "no node",
    [{ ...pause, endedAt: at("14:19") }],
    undefined,
  ],
  [
    "the server can't be reached",
    "no node",
    [override],
    "device: The server gpu1",
    { node: { ...up, state: "unreachable" } },
  ],
  [
    "late while it was paused",
    "overdue",
    [override, { ...pause, endedAt: at("14:18") }],
    "admin: dmitri paused",
  ],
  [
    "a pause that was over long before made nothing late",
    "overdue",
    [{ ...pause, endedAt: at("13:10") }],
    "bot: Berth was late",
  ],
  ["late though a limit was changed: that stops nobody", "overdue", [override], "bot: Berth was late"],
  [
    "a device is drained, and a limit was changed since",
    "not there",
    [override, drain],
    "admin: dmitri took the GPU",
  ],
  [
    "a device is lost while another is drained",
    "not there",
    [drain],
    "device: GPU 0",
    { devices: [a100(0, { state: "lost" })] },
  ],
  [
    "somebody is let stay, and a limit was changed since",
    "held longer",
    [override, act("exemption", "dmitri")],
    "admin: dmitri lets",
  ],
  [
    "it may have more memory now, and that is not there",
    "held longer",
    [pause, override],
    "admin: eve changed your limits",
  ],
  [
    "an end was moved, and the server was paused since",
    "held longer",
    [pause, act("end", "eve")],
    "admin: eve moved",
  ],
  [
    "their limit was lowered, and the server was paused since",
    "own limit",
    [pause, override],
    "admin: eve changed your limits",
  ],
  ["a limit of the policy file: nobody is named", "own limit", [pause], "admin: An admin changed"],
])("%s", (_what, is, acts, cause, more) => {
  const why = { is, deviceIds: [] } as Missed;
  const seen = judgeMiss(why, { devices: [a100(0)], node: up, acts, waited, ...more });
  const said = seen && `${seen.kind}: ${seen.because}`;
  if (cause === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(cause);
});
