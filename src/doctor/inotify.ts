import { readFile } from "node:fs/promises";
import { type Check, type Finding, fault, forSudo, ok } from "./finding.ts";

const what = "inotify";
const file = "sys/fs/inotify/max_user_instances";
const needed = 8192;

/** Root in all containers and root of this host share one number of file watchers. */
export function inotifyCheck(proc = "/proc"): Check {
  return {
    what,
    forSudo: true,
    run: async () => judgeInotify(Number(await readFile(`${proc}/${file}`, "utf8"))),
  };
}

export function judgeInotify(instances: number): Finding[] {
  if (instances >= needed) return forSudo([ok(what, `${instances} instances for each user.`)]);
  return forSudo([
    fault(
      what,
      `Root has ${instances} instances, shared by this host and every container: a few editors use them up, and then services of the host fail.`,
      `echo 'fs.inotify.max_user_instances = ${needed}' > /etc/sysctl.d/60-berth.conf && sysctl --system`,
    ),
  ]);
}
