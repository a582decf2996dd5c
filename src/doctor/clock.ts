import { type Check, type Finding, ok, warning } from "./finding.ts";
import { type Ran, run } from "./run.ts";

const what = "clock";

/** Ends and promises are instants: a clock that drifts breaks them. */
export function clockCheck(): Check {
  return {
    what,
    async run() {
      const answers = await Promise.all([
        run("timedatectl", ["show", "--property=NTPSynchronized", "--value"]),
        run("chronyc", ["-c", "tracking"]),
        run("ntpq", ["-c", "rv 0 leap"]),
      ]);
      return judgeClock(...answers);
    },
  };
}

/** Each undefined where there is no such program. */
export function judgeClock(
  timedatectl: Ran | undefined,
  chronyc: Ran | undefined,
  ntpq: Ran | undefined,
): Finding[] {
  const leap = chronyc?.exitCode === 0 ? chronyc.output.trim().split(",").at(-1) : undefined;
  const known = [
    timedatectl?.exitCode === 0 ? timedatectl.output.trim() === "yes" : undefined,
    leap === undefined ? undefined : leap !== "Not synchronised",
    ntpq?.exitCode === 0 ? !/leap_alarm|leap=11/.test(ntpq.output) : undefined,
  ].filter((answer) => answer !== undefined);
  if (known.includes(true)) return [ok(what, "It is kept right by the network.")];
  if (known.length > 0)
    return [
      warning(what, "Nothing keeps it right.", "timedatectl set-ntp true    (or apt-get install -y chrony)"),
    ];
  return [
    warning(
      what,
      "Whether anything keeps it right can't be told from here.",
      "timedatectl    on the host should say: System clock synchronized: yes",
    ),
  ];
}
