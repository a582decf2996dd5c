import { shellCommand } from "./command.ts";

/** Needs no settings but the prefix: it is printed before there is an app to have tokens of. */
export const printManifest = shellCommand({
  summary: "print the Slack app's manifest",
  usage: ["manifest"],
  examples: ["berth manifest > manifests/slack-app.json"],
  async run() {
    const { manifestText } = await import("../slack/manifest.ts");
    process.stdout.write(manifestText({ prefix: process.env.BERTH_COMMAND_PREFIX ?? "" }));
    return undefined;
  },
});
