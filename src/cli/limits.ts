import { Refusal } from "../errors.ts";
import { memberByHandle } from "../ledger/queries/members.ts";
import type { Member } from "../ledger/schema.ts";
import { endExemption, setExemption } from "../members/exemptions.ts";
import { setGroup } from "../members/group.ts";
import { endOverride, setOverride } from "../members/overrides.ts";
import { memberOverview } from "../members/overview.ts";
import { sparedInWords } from "../members/spared.ts";
import { limitNamed } from "../policy/limit-value.ts";
import { limitInWords, untilInWords } from "../policy/limit-words.ts";
import type { World } from "../world.ts";
import { whoTyped } from "./admin.ts";
import { shellCommand, shellGroup, type Typed, UsageError } from "./command.ts";
import { withWorld } from "./open-world.ts";
import { onTerminal } from "./words.ts";

/** What `/berth members` does, for the day Slack is down. */

const setLimit = shellCommand({
  summary: "one limit of one member, before the group's",
  usage: ['limit set <user name> <limit> <value> --reason "why" [--until 2026-12-24]'],
  flags: { until: "a day", reason: "why" },
  examples: ['berth limit set ana max_gpu_equivalents 4 --until 2026-12-24 --reason "a deadline"'],
  run: (typed) =>
    forMember(typed, 3, async (world, { id }, [limit = "", value = ""]) => {
      const { reason, until } = reasonAndUntil(typed);
      const { key, value: set } = await setOverride(world, {
        by: whoTyped().actor,
        memberId: id,
        limit,
        value,
        until,
        reason,
      });
      return `${limitInWords(limitNamed(key), set.to)}, ${untilInWords(until)}.`;
    }),
});

const endLimit = shellCommand({
  summary: "their group's limit counts again",
  usage: ["limit end <user name> <limit>"],
  examples: ["berth limit end ana max_gpu_equivalents"],
  run: (typed) =>
    forMember(typed, 2, async (world, { id, handle }, [limit = ""]) => {
      const key = limitNamed(limit);
      const found = (await memberOverview(world, id)).overrides.find((one) => one.key === key);
      if (!found) throw new Refusal("no-override", `Nothing was set for ${handle} alone there: ${key}.`);
      await endOverride(world, { by: whoTyped().actor, overrideId: found.id });
      return "Ended: their group's limit counts again.";
    }),
});

const setExempt = shellCommand({
  summary: "that end does not come for any of their containers until a day",
  usage: ['exempt set <user name> <end|idle> --until 2026-12-24 --reason "why"'],
  flags: { until: "a day", reason: "why" },
  examples: ['berth exempt set ana end --until 2026-12-24 --reason "a week-long run"'],
  run: (typed) =>
    forMember(typed, 2, async (world, { id }, [spares]) => {
      if (spares !== "end" && spares !== "idle") throw new UsageError("From what: end or idle?");
      const { reason, until } = reasonAndUntil(typed);
      if (until === null) throw new UsageError("Until when? An exemption has an end: --until 2026-12-24");
      await setExemption(world, {
        by: whoTyped().actor,
        memberId: id,
        containerId: null,
        spares,
        until,
        reason,
      });
      return `${sparedInWords(spares, undefined)}, ${untilInWords(until)}.`;
    }),
});

const endExempt = shellCommand({
  summary: "ends come again as for everybody, each with its notices",
  usage: ["exempt end <user name> <end|idle>"],
  examples: ["berth exempt end ana end"],
  run: (typed) =>
    forMember(typed, 2, async (world, { id, handle }, [spares]) => {
      const found = (await memberOverview(world, id)).exemptions.filter((one) => one.spares === spares);
      if (found.length === 0) throw new Refusal("no-exemption", `${handle} has no such exemption.`);
      for (const { id: exemptionId } of found)
        await endExemption(world, { by: whoTyped().actor, exemptionId });
      return "Ended.";
    }),
});

export const group = shellCommand({
  summary: "move a member to a group",
  usage: ["group <user name> <group>"],
  examples: ["berth group ana researcher"],
  run: (typed) =>
    forMember(typed, 2, async (world, { id, handle }, [name = ""]) => {
      await setGroup(world, { by: whoTyped().actor, memberId: id, group: name });
      return `${handle} is in the group ${name}.`;
    }),
});

export const limit = shellGroup("limit", "limits of single members", { set: setLimit, end: endLimit });
export const exempt = shellGroup("exempt", "members who are spared an end", {
  set: setExempt,
  end: endExempt,
});

async function forMember(
  { words }: Typed,
  count: number,
  work: (world: World, member: Member, rest: readonly string[]) => Promise<string>,
): Promise<number> {
  const [handle = "", ...rest] = words;
  if (words.length !== count)
    throw new UsageError(words.length < count ? "Something is missing." : "That is too much.");
  return await withWorld(async (world) => {
    const member = await world.ledger.read((tx) => memberByHandle(tx, handle));
    if (!member)
      throw new Refusal("no-member", `There is no member “${handle}”.`, {
        hint: "berth members shows them.",
      });
    console.log(onTerminal(await work(world, member, rest)));
    return 0;
  });
}

function reasonAndUntil({ flags }: Typed): { reason: string; until: Date | null } {
  const { reason = "", until } = flags as Record<string, string | undefined>;
  return { reason, until: until === undefined ? null : untilOf(until) };
}

/** A day is meant to its end, in the machine's own time; throws `UsageError` for what is no day. */
function untilOf(text: string): Date {
  const [, year, month, day, hours, minutes] =
    /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d))?$/.exec(text.trim()) ?? [];
  const [y, m, d] = [Number(year), Number(month) - 1, Number(day)];
  const read =
    hours === undefined ? new Date(y, m, d, 23, 59) : new Date(y, m, d, Number(hours), Number(minutes));
  if (read.getMonth() !== m || read.getDate() !== d)
    throw new UsageError(`“${text}” is no day: write 2026-12-24, or "2026-12-24 18:00".`);
  return read;
}
