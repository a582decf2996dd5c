import { lstat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { workspacesMarker } from "../host/workspaces.ts";
import { type Check, type Finding, fault, forSudo, ok } from "./finding.ts";

const what = "workspaces";

export type RootFacts = {
  root: string;
  /** undefined: it isn't there. */
  found: { isDirectory: boolean; uid: number; mode: number; marker: boolean } | undefined;
  /** Of the mount it lies on. */
  mount: { at: string; options: readonly string[] } | undefined;
};

/** The directory above all workspaces: the one place where what members make lies on the host. */
export function workspacesCheck(root: string, proc = "/proc"): Check {
  return { what, forSudo: true, run: async () => judgeRoot(await lookAt(root, proc)) };
}

export function judgeRoot({ root, found, mount }: RootFacts): Finding[] {
  if (found === undefined || !found.isDirectory) {
    const mend = `mkdir -p ${root} && chmod 0700 ${root} && touch ${join(root, workspacesMarker)}    (after mounting its disk; or another workspace_path in the policy)`;
    return forSudo([fault(what, `There is no directory ${root}.`, mend)]);
  }
  const findings: Finding[] = [];
  if (!found.marker)
    findings.push(
      fault(
        what,
        `${root} has no marker file: its disk may not be mounted, and nothing is made there.`,
        `If it is mounted: touch ${join(root, workspacesMarker)}`,
      ),
    );
  if (found.uid !== 0 || (found.mode & 0o777) !== 0o700)
    findings.push(
      ...forSudo([
        fault(
          what,
          `${root} has mode ${(found.mode & 0o777).toString(8).padStart(4, "0")} and owner ${found.uid}: other users of this host could start what a member's root left there.`,
          `chown root:root ${root} && chmod 0700 ${root}`,
        ),
      ]),
    );
  findings.push(...forSudo(judgeMount(root, mount)));
  return findings.some(({ level }) => level === "fault")
    ? findings
    : forSudo([ok(what, `${root} is mounted nosuid,nodev, and only root can enter it.`)]);
}

function judgeMount(root: string, mount: RootFacts["mount"]): Finding[] {
  const missing = ["nosuid", "nodev"].filter((option) => !mount?.options.includes(option));
  if (missing.length === 0) return [];
  const says = `${root} is not mounted ${missing.join(",")}: a file that a member's root makes there could make a host user root, or open a disk.`;
  const mend =
    mount?.at === root
      ? `mount -o remount,nosuid,nodev ${root}    (and the same options in /etc/fstab)`
      : `echo '${root} ${root} none bind,nosuid,nodev 0 0' >> /etc/fstab && systemctl daemon-reload && mount ${root}`;
  return [fault(what, says, mend)];
}

async function lookAt(root: string, proc: string): Promise<RootFacts> {
  const found = await lstat(root).catch(() => undefined);
  const marker = await lstat(join(root, workspacesMarker)).then(
    () => true,
    () => false,
  );
  const mounts = await readFile(`${proc}/self/mountinfo`, "utf8").catch(() => "");
  return {
    root,
    found: found && { isDirectory: found.isDirectory(), uid: found.uid, mode: found.mode, marker },
    mount: mountOf(root, mounts),
  };
}

/** The mount a path lies on: the last line with the longest mount point above it. Options of the mount, not of the disk. */
export function mountOf(path: string, mountinfo: string): RootFacts["mount"] {
  let best: RootFacts["mount"];
  for (const line of mountinfo.split("\n")) {
    const fields = line.split(" ");
    const at = fields[4]?.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    );
    if (at === undefined || !(path === at || path.startsWith(at === "/" ? "/" : `${at}/`))) continue;
    if (best === undefined || at.length >= best.at.length)
      best = { at, options: (fields[5] ?? "").split(",") };
  }
  return best;
}
