import { readFile, writeFile } from "node:fs/promises";
import { wallClock } from "../clock.ts";
import { readCatalogue } from "../images/catalogue.ts";
import { whoWouldBeAbove } from "../members/above.ts";
import { importDs01 } from "../policy/import-ds01.ts";
import { parsePolicy } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { shellCommand, shellGroup, UsageError } from "./command.ts";
import { withWorld } from "./open-world.ts";
import { onTerminal } from "./words.ts";

const check = shellCommand({
  summary: "is the file right, and who would be above which limit",
  usage: ["policy check [file]"],
  examples: ["berth policy check", "berth policy check policy.new.yaml"],
  async run({ words: [file = process.env.BERTH_POLICY || "policy.yaml"] }) {
    const policy = await readPolicy(file);
    const { images } = await readCatalogue(file, policy.catalogue);
    console.log(`${file} is right; its catalogue has ${images.length} images.`);
    let lines: string[];
    try {
      lines = await withWorld((world) => whoWouldBeAbove(world, policy));
    } catch (error) {
      console.log(
        `The ledger was not asked who would be above a limit. ${(error as Error).message.split("\n")[0]}`,
      );
      return 0;
    }
    for (const line of lines) console.log(onTerminal(line));
    console.log(
      lines.length === 0
        ? "Nobody would be above a limit."
        : "What runs would go on all the same: limits count from the next grant, extension or run.",
    );
    return 0;
  },
});

const importTheirs = shellCommand({
  summary: "a policy.yaml from DS01's resource-limits.yaml, and what became of each of its keys",
  usage: [
    "policy import <resource-limits.yaml> [--overrides user-overrides.yaml] [--exemptions lifecycle-exemptions.yaml] [--to policy.yaml]",
  ],
  flags: { overrides: "a file", exemptions: "a file", to: "a file that is not there yet" },
  examples: ["berth policy import resource-limits.yaml --to policy.yaml"],
  async run({ words, flags }) {
    const [file, ...more] = words;
    if (!file || more.length > 0) throw new UsageError("Which file?");
    const { overrides, exemptions, to } = flags as Record<string, string | undefined>;
    const imported = importDs01(
      {
        limits: await readFile(file, "utf8"),
        ...(overrides ? { overrides: await readFile(overrides, "utf8") } : {}),
        ...(exemptions ? { exemptions: await readFile(exemptions, "utf8") } : {}),
      },
      wallClock.now(),
    );
    const said = (line: string) => console.error(onTerminal(line));
    for (const { key, became } of imported.became) said(`${key}: ${became}`);
    if (imported.commands.length > 0) said("To be typed when the people are members (berth members import):");
    for (const command of imported.commands) said(`  ${command}`);
    // What it says must be a policy before anybody starts with it.
    parsePolicy(imported.policyYaml, to ?? "policy.yaml");
    if (to) await writeFile(to, imported.policyYaml, { flag: "wx" });
    else process.stdout.write(imported.policyYaml);
    return 0;
  },
});

export const policy = shellGroup("policy", "the policy file: is it right, and one from DS01's", {
  check,
  import: importTheirs,
});
