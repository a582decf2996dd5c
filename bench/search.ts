import { join } from "node:path";
import type { App } from "@slack/bolt";
import type { View } from "@slack/types";
import type { SlackSimulator } from "../src/demo/slack/simulator.ts";
import { readCatalogue } from "../src/images/catalogue.ts";
import type { Bench } from "./bench.ts";
import { fixedApp, openDesk } from "./desk.ts";
import { inTurns, timed } from "./pairs.ts";
import { startPostgres } from "./postgres.ts";

/** As they come while somebody types, and what fits nothing until it is read as a misspelling. */
const typed = [
  "",
  "p",
  "pyt",
  "pytorch 2",
  "tensorflow 2.14",
  "cuda 12",
  "python 3.11",
  "pytroch",
  "fortran",
];

/**
 * From a letter typed in the form's list of frameworks to the list that is shown: the shipped catalogue, the real bot. The
 * floor is the same round trip to an app whose list is always the same.
 */
export const search: Bench = {
  rows: ["catalogue.search"],
  async run(_wanted, say, cleanUp) {
    const postgres = await startPostgres();
    cleanUp(() => postgres.stop());
    const shipped = join(import.meta.dirname, "..", "policy.yaml");
    const catalogue = await readCatalogue(shipped, "catalogue.yaml");
    const { slack } = await openDesk(await postgres.database("search"), cleanUp, catalogue);
    const fixed = await fixedApp(cleanUp, sameList);
    for (const one of [slack, fixed]) {
      const outcome = await one.as("UANA").type("/image-create vision");
      if (!outcome.ok) throw new Error(outcome.message);
      await one.waitFor(() => one.as("UANA").modal()?.submit, 10_000, "the form");
    }
    let [ours, floor] = [0, 0];
    const pair = {
      name: "catalogue.search",
      ours: () => searched(slack, typed[ours++ % typed.length] ?? ""),
      floor: () => searched(fixed, typed[floor++ % typed.length] ?? ""),
    };
    return inTurns([pair], { rounds: 30 * typed.length, warmUp: typed.length, say });
  },
};

function searched(slack: SlackSimulator, query: string): Promise<number> {
  return timed(async () => {
    const found = await slack.as("UANA").suggest("modal", "base", query);
    if (!found.ok) throw new Error(`“${query}”: ${found.message}`);
  });
}

function sameList(app: App): void {
  app.command(/.*/, async ({ ack, client, body }) => {
    await ack();
    await client.views.open({ trigger_id: body.trigger_id, view: formWithList });
  });
  app.options(/.*/, async ({ ack }) => {
    await ack({ options: oneHundred });
  });
}

/** As many as Slack takes. */
const oneHundred = Array.from({ length: 100 }, (_, index) => ({
  text: { type: "plain_text" as const, text: `PyTorch 2.8.${index}` },
  value: `pytorch-2.8.${index}`,
}));

const formWithList: View = {
  type: "modal",
  callback_id: "form",
  title: { type: "plain_text", text: "Image" },
  submit: { type: "plain_text", text: "Build" },
  blocks: [
    {
      type: "input",
      block_id: "base",
      label: { type: "plain_text", text: "Framework" },
      element: { type: "external_select", action_id: "base", min_query_length: 0 },
    },
  ],
};
