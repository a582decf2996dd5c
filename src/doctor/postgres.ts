import type { PostgresFacts } from "../ledger/facts.ts";
import { type Check, type Finding, fault, ok, warning } from "./finding.ts";

const what = "ledger";

/** `facts` undefined: no DATABASE_URL, so a Postgres of Berth's own. */
export function postgresCheck(facts: (() => Promise<PostgresFacts>) | undefined, stateDir: string): Check {
  return {
    what,
    run: async () =>
      facts === undefined
        ? [ok(what, `A Postgres of Berth's own, below ${stateDir}/postgres, started with it.`)]
        : judgePostgres(await facts()),
  };
}

export function judgePostgres(facts: PostgresFacts): Finding[] {
  if (!facts.reachable)
    return [
      fault(
        what,
        `Postgres does not answer: ${facts.because}`,
        "Check DATABASE_URL and that it runs: systemctl status postgresql    (or leave DATABASE_URL out: Berth brings its own)",
      ),
    ];
  const version = Math.floor(facts.version / 10_000);
  return [
    version >= 15
      ? ok(what, `Postgres ${version} answers.`)
      : fault(
          what,
          `Postgres ${version} is too old.`,
          "Use Postgres 15 or newer, or leave DATABASE_URL out: Berth brings its own.",
        ),
    ...judgeClock(facts.apartMs),
    ...judgeExtension(facts.btreeGist, facts.mayCreate),
  ];
}

function judgeClock(apartMs: number): Finding[] {
  const seconds = Math.round(apartMs / 100) / 10;
  const mend = "timedatectl set-ntp true    (on both machines)";
  if (apartMs > 5000)
    return [
      fault(
        what,
        `Its clock and this machine's are ${seconds} s apart; Berth does not start above 5 s.`,
        mend,
      ),
    ];
  if (apartMs > 1000) return [warning(what, `Its clock and this machine's are ${seconds} s apart.`, mend)];
  return [];
}

function judgeExtension(btreeGist: "made" | "available" | "missing", mayCreate: boolean): Finding[] {
  if (btreeGist === "missing")
    return [
      fault(
        what,
        "It has no extension btree_gist, by which it refuses to give a GPU twice.",
        "apt-get install -y postgresql-contrib    (on the machine that Postgres runs on)",
      ),
    ];
  if (!mayCreate)
    return [
      fault(
        what,
        "The user of DATABASE_URL may not make tables in that database.",
        "As its administrator: ALTER DATABASE berth OWNER TO berth;    (with the names that DATABASE_URL has)",
      ),
    ];
  return [];
}
