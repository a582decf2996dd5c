import { expect, test } from "vitest";
import { exitCodeOf, runDoctor, soundForSudo } from "./doctor.ts";
import { type Finding, fault, forSudo, ok, warning } from "./finding.ts";

const patient = {
  sleep: (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((done) => signal?.addEventListener("abort", () => done())),
};

test("every finding is printed as it is made, with its command below, and a sum at the end", async () => {
  const printed: string[] = [];
  const findings = await runDoctor(
    [
      { what: "a", run: async () => [ok("a", "Good."), warning("a", "So-so.", "mend --it")] },
      { what: "b", run: async () => Promise.reject(new Error("no such file")) },
    ],
    { clock: patient, print: (text) => printed.push(text) },
  );
  expect(printed).toEqual([
    "✓ a: Good.",
    "! a: So-so.\n      mend --it",
    "✗ b: It could not be looked at: no such file\n      Mend that, then run berth doctor again.",
    "1 thing is wrong; 1 to consider.",
  ]);
  expect(exitCodeOf(findings)).toBe(1);
});

test("a check that hangs is a finding, and those after it are made", async () => {
  const findings = await runDoctor(
    [
      { what: "a", run: () => new Promise(() => undefined) },
      { what: "b", run: async () => [ok("b", "Good.")] },
    ],
    { clock: { sleep: async () => undefined }, print: () => undefined },
  );
  expect(findings.map(({ what, level }) => [what, level])).toContainEqual(["a", "fault"]);
});

test("a check that root in containers needs and that can't be made keeps them from being root", async () => {
  const fine = { what: "a", forSudo: true as const, run: async () => forSudo([ok("a", "Good.")]) };
  const broken = {
    what: "b",
    forSudo: true as const,
    run: async () => Promise.reject(new Error("no engine")),
  };
  const told = { clock: patient, print: () => undefined };
  expect(soundForSudo(await runDoctor([fine], told))).toBe(true);
  expect(soundForSudo(await runDoctor([fine, broken], told))).toBe(false);
});

test("warnings alone let the doctor end well", () => {
  expect(exitCodeOf([ok("a", "Good."), warning("a", "So-so.", "x")])).toBe(0);
});

test.each<[string, Finding[], boolean]>([
  ["all that it needs is in order", forSudo([ok("a", "Good."), warning("b", "So-so.", "x")]), true],
  ["one is not", [...forSudo([ok("a", "Good.")]), ...forSudo([fault("b", "Bad.", "x")])], false],
  [
    "a fault elsewhere does not matter to it",
    [...forSudo([ok("a", "Good.")]), fault("b", "Bad.", "x")],
    true,
  ],
  ["nothing was looked at", [ok("a", "Good.")], false],
])("root in containers: %s", (_sentence, findings, sound) => {
  expect(soundForSudo(findings)).toBe(sound);
});
