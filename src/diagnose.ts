import { wallClock } from "./clock.ts";
import { type Config, readConfig } from "./config.ts";
import { allChecks, type Patient, sudoChecks } from "./doctor/checks.ts";
import { exitCodeOf, runDoctor, soundForSudo } from "./doctor/doctor.ts";
import { doctorInstance } from "./doctor/probe-container.ts";
import { type Catalogue, readCatalogue } from "./images/catalogue.ts";
import { postgresFacts } from "./ledger/facts.ts";
import { createLog, type Log } from "./log.ts";
import { thisMachine } from "./machine.ts";
import type { Policy } from "./policy/policy.ts";
import { readPolicy } from "./policy/read-policy.ts";
import { makeRandom } from "./random.ts";
import { slackFacts } from "./slack/facts.ts";

/** `berth doctor`: looks at everything, changes nothing, and says the command that mends what is wrong. */
export async function doctor(): Promise<number> {
  const config = readConfig(process.env);
  const policy = await readPolicy(config.policyPath);
  const catalogue = await readCatalogue(config.policyPath, policy.catalogue);
  const checks = allChecks(patient(config, policy, catalogue, createLog("fatal")));
  const findings = await runDoctor(checks, { clock: wallClock, print: (line) => console.log(line) });
  return exitCodeOf(findings);
}

/**
 * The policy to start with: as it is, or with nobody allowed to be root in a container where this machine lacks what makes
 * that acceptable. The log then says what.
 */
export async function policyFor(
  config: Config,
  policy: Policy,
  catalogue: Catalogue,
  log: Log,
): Promise<Policy> {
  const checks = sudoChecks(patient(config, policy, catalogue, log));
  const findings = await runDoctor(checks, { clock: wallClock, print: () => undefined });
  if (soundForSudo(findings)) return policy;
  const wrong = findings.filter(({ level }) => level === "fault");
  log.warn(
    { wrong: wrong.map(({ what, says }) => `${what}: ${says}`) },
    "containers are made without sudo: this machine lacks what makes it acceptable; berth doctor says how to mend it",
  );
  return { ...policy, sudo_refused: true };
}

function patient(config: Config, policy: Policy, catalogue: Catalogue, log: Log): Patient {
  const { engine, host } = thisMachine(config, policy, log, doctorInstance(config.settings));
  const { databaseUrl } = config;
  return {
    config,
    policy,
    catalogue,
    engine,
    host,
    clock: wallClock,
    random: makeRandom(),
    slack: () => slackFacts(config.slack, log),
    postgres: databaseUrl === undefined ? undefined : () => postgresFacts(databaseUrl, wallClock),
  };
}
