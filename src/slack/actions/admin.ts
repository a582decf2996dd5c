import { catalogueThere } from "../../images/catalogue-there.ts";
import { pruneNow } from "../../images/disk/prune-now.ts";
import { fetchNow, rowNamed } from "../../images/fetch.ts";
import { historyOf } from "../../nodes/history.ts";
import { onlyToCaller } from "../answer.ts";
import { eventsAPage } from "../commands/berth-halts.ts";
import { defineAction } from "../define-action.ts";
import { mrkdwn } from "../mrkdwn.ts";
import { pruneNow as pruneNowButton, pullNow, seeCatalogue, seeHistory } from "../pressables.ts";
import { section } from "../views/blocks.ts";
import { catalogueMessage } from "../views/catalogue.ts";
import { historyMessage } from "../views/history.ts";

export const seeCatalogueAction = defineAction({
  pressable: seeCatalogue,
  for: "admins",
  run: async ({ world, value: { query, from } }) => ({
    kind: "instead",
    message: catalogueMessage(await catalogueThere(world, query), query, from),
  }),
});

export const pullNowAction = defineAction({
  pressable: pullNow,
  for: "admins",
  changes: true,
  async run({ world, caller, value: { name, query, from } }) {
    fetchNow(world, rowNamed(world.catalogue, name), caller.member);
    return { kind: "instead", message: catalogueMessage(await catalogueThere(world, query), query, from) };
  },
});

export const seeHistoryAction = defineAction({
  pressable: seeHistory,
  for: "admins",
  run: async ({ world, value: { words, before } }) => ({
    kind: "instead",
    message: historyMessage(await historyOf(world, { words, before, most: eventsAPage }), words),
  }),
});

export const pruneNowAction = defineAction({
  pressable: pruneNowButton,
  for: "admins",
  changes: true,
  async run({ world, caller }) {
    const begun = pruneNow(world, caller.member);
    const text =
      begun === "begun"
        ? mrkdwn`Pruning; that takes some minutes. You hear from me what it freed.`
        : mrkdwn`A prune is under way already.`;
    return onlyToCaller({ text, blocks: [section(text)] });
  },
});
