import { EngineSilent, HostSilent, type Offer, Refusal } from "../errors.ts";
import { LedgerUnreachable } from "../ledger/errors.ts";
import type { World } from "../world.ts";
import { bold, joined, type Mrkdwn, mrkdwn, plain, sentence } from "./mrkdwn.ts";
import { buttons, type Message, saying } from "./views/blocks.ts";
import { withPrefix } from "./with-prefix.ts";
import { offered } from "./worded-buttons.ts";

/** A "no" or a fault, in words. `fields`: which field of a form each sentence belongs to. */
export type Problem = { message: Message; fields: Record<string, string>; onlyFields: boolean };

/**
 * The only place where errors become words. A refusal is logged as `info` with its reason and no stack; anything
 * nobody expected as `error`, under an id that the person is told.
 */
export function problemOf(
  world: World,
  error: unknown,
  asked: { what: string; by: string; prefix: string },
): Problem {
  if (error instanceof Refusal) {
    const all = [error, ...error.also];
    world.log.info({ asked: asked.what, by: asked.by, reason: all.map((one) => one.reason) }, "refused");
    return {
      message: refused(all, asked.prefix),
      fields: atFields(all, asked.prefix),
      onlyFields: all.every((one) => one.field !== undefined && one.offers.length === 0),
    };
  }
  const passing = passingTrouble(error);
  if (passing) {
    world.log.warn({ asked: asked.what, by: asked.by, err: error }, "could not be answered");
    return { message: said(passing, "hourglass"), fields: {}, onlyFields: false };
  }
  const fault = world.random.token(8);
  world.log.error({ asked: asked.what, by: asked.by, fault, err: error }, "fault");
  const text = mrkdwn`Something broke on our side. Tell an admin fault ${bold(plain(fault))}.`;
  return {
    message: { text, blocks: [saying(`Something broke on our side. Tell an admin fault ${fault}.`, "boom")] },
    fields: {},
    onlyFields: false,
  };
}

function refused(all: readonly Refusal[], prefix: string): Message {
  const lines = all.flatMap((one) => {
    const [first = "", ...others] = parted(withPrefix(one.message, prefix));
    const hint = one.hint ? parted(withPrefix(one.hint, prefix)) : [];
    return [saying(first, "no_entry_sign"), ...[...others, ...hint].map((part) => saying(part))];
  });
  const offers = all.flatMap((one) => one.offers).filter(unlikeEarlier);
  const text = joined(
    all.map((one) => sentence(withPrefix([one.message, one.hint].filter(Boolean).join(" "), prefix))),
    " ",
  );
  return { text, blocks: [...lines, ...buttons(offers.map((offer) => offered(offer)))] };
}

/** A list of many lines does not fit into one block. */
const mostInBlock = 2_500;

function parted(text: string): string[] {
  const parts: string[] = [];
  for (const line of text.split("\n")) {
    const last = parts.at(-1);
    if (last !== undefined && last.length + line.length < mostInBlock)
      parts[parts.length - 1] = `${last}\n${line}`;
    else parts.push(line);
  }
  return parts.slice(0, 20);
}

function atFields(all: readonly Refusal[], prefix: string): Record<string, string> {
  return Object.fromEntries(
    all.flatMap((one) =>
      one.field ? [[one.field, withPrefix([one.message, one.hint].filter(Boolean).join(" "), prefix)]] : [],
    ),
  );
}

function passingTrouble(error: unknown): string | undefined {
  if (error instanceof LedgerUnreachable) return error.message;
  if (error instanceof EngineSilent)
    return "The server does not answer at the moment; nothing is lost, and what you asked for stays asked. Try again in a minute.";
  if (error instanceof HostSilent) return "The GPUs could not be read just now. Try again in a minute.";
  return undefined;
}

function said(text: string, emoji: string): Message {
  return { text: sentence(text) as Mrkdwn, blocks: [saying(text, emoji)] };
}

function unlikeEarlier(offer: Offer, i: number, all: readonly Offer[]): boolean {
  return all.findIndex((other) => JSON.stringify(other) === JSON.stringify(offer)) === i;
}
