import { existsSync, readdirSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";

/** Switches of the whole machine that a bed needs higher than a fresh one has them. */
const settings = [
  { name: "ip_forward", path: "/proc/sys/net/ipv4/ip_forward", atLeast: 1 },
  // Root in every container shares root's number with the host: 128 are soon used up.
  { name: "inotify", path: "/proc/sys/fs/inotify/max_user_instances", atLeast: 8192 },
];
/** What they were before the first bed came. Gone after a reboot, as the raised values are. */
const noteDir = "/run/berth-kernel-settings";

/** Raises what is too low and gives a sentence for each setting that is raised now. Safe to repeat. */
export async function raiseKernelSettings(): Promise<string[]> {
  await mkdir(noteDir, { recursive: true });
  for (const { name, path, atLeast } of settings) {
    const now = (await readFile(path, "utf8")).trim();
    if (Number(now) >= atLeast) continue;
    await writeFile(`${noteDir}/${name}`, now, { flag: "wx" }).catch(ignoreExisting);
    await writeFile(path, String(atLeast));
  }
  return readdirSync(noteDir).flatMap((note) => {
    const setting = settings.find(({ name }) => name === note);
    return setting ? [`${setting.path} is ${setting.atLeast} for as long as a bed runs.`] : [];
  });
}

/**
 * Puts them back, if no other bed runs. Forwarding stays on when there are bridges: something else that came since, another
 * engine perhaps, relies on it now.
 */
export async function restoreKernelSettings(): Promise<void> {
  const otherBeds = readdirSync("/run").some((name) => /^berth-[0-9a-f]{8}$/.test(name));
  if (otherBeds) return;
  for (const { name, path } of settings) {
    const before = await readFile(`${noteDir}/${name}`, "utf8").catch(() => undefined);
    if (before === undefined || (name === "ip_forward" && hasBridge())) continue;
    await writeFile(path, before);
  }
  await rm(noteDir, { recursive: true, force: true });
}

function hasBridge(): boolean {
  return readdirSync("/sys/class/net").some((link) => existsSync(`/sys/class/net/${link}/bridge`));
}

function ignoreExisting(error: NodeJS.ErrnoException): void {
  if (error.code !== "EEXIST") throw error;
}
