import type { Clock } from "../world.ts";
import { type Check, type Finding, fault, forSudo } from "./finding.ts";

/** A check that waits for an engine or a Slack that hangs ends by its own limit long before. */
const limitMs = 120_000;

/**
 * Runs the checks one after the other and prints each finding as it is made: `✓`, `!` or `✗`, with the command that mends
 * it below. Never throws: a check that can't be done is a finding.
 */
export async function runDoctor(
  checks: readonly Check[],
  { clock, print }: { clock: Pick<Clock, "sleep">; print: (line: string) => void },
): Promise<Finding[]> {
  const all: Finding[] = [];
  for (const check of checks) {
    const findings = await made(check, clock);
    for (const finding of findings) print(line(finding));
    all.push(...findings);
  }
  print(summary(all));
  return all;
}

/** For the shell: 1 if anything is a fault. */
export function exitCodeOf(findings: readonly Finding[]): number {
  return findings.some(({ level }) => level === "fault") ? 1 : 0;
}

/** Whether members may be root in their containers: every check that this needs was made, and none is a fault. */
export function soundForSudo(findings: readonly Finding[]): boolean {
  const needed = findings.filter((finding) => finding.forSudo);
  return needed.length > 0 && needed.every(({ level }) => level !== "fault");
}

export function line({ level, what, says, mend }: Finding): string {
  const sign = { ok: "✓", warning: "!", fault: "✗" }[level];
  const indented =
    mend
      ?.split("\n")
      .map((part) => `\n      ${part}`)
      .join("") ?? "";
  return `${sign} ${what}: ${says}${indented}`;
}

async function made(check: Check, clock: Pick<Clock, "sleep">): Promise<Finding[]> {
  const findings = await examined(check, clock);
  if (Array.isArray(findings)) return findings;
  return check.forSudo ? forSudo([findings]) : [findings];
}

/** Its findings, or one that says why there are none. */
async function examined(check: Check, clock: Pick<Clock, "sleep">): Promise<Finding[] | Finding> {
  const done = new AbortController();
  const late = clock.sleep(limitMs, done.signal).then(() => undefined);
  try {
    const findings = await Promise.race([check.run(), late]);
    if (findings !== undefined) return findings;
    return fault(
      check.what,
      `It was not over after ${limitMs / 1000} s.`,
      "Look at what it waits for, then run berth doctor again.",
    );
  } catch (error) {
    return fault(
      check.what,
      `It could not be looked at: ${(error as Error).message}`,
      "Mend that, then run berth doctor again.",
    );
  } finally {
    done.abort();
  }
}

function summary(findings: readonly Finding[]): string {
  const count = (level: Finding["level"]) => findings.filter((finding) => finding.level === level).length;
  const [faults, warnings] = [count("fault"), count("warning")];
  if (faults + warnings === 0) return "All is well.";
  return `${faults === 0 ? "Nothing is" : faults === 1 ? "1 thing is" : `${faults} things are`} wrong; ${warnings === 0 ? "nothing" : warnings} to consider.`;
}
