import { line } from "../../src/doctor/doctor.ts";
import type { Finding } from "../../src/doctor/finding.ts";

/** What the doctor found not in order, as it is printed. */
export function troubles(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== "ok").map(line);
}
