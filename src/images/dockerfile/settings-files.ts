import type { BaseFacts } from "../../ledger/image-tables.ts";

/** Files that carry an admin's settings into a build. They are no secrets: whatever a build runs can read them. */

/** For the steps that install Python packages. pip reads it last, so it counts before what a base has set. */
export function pipSettings(indexUrl: string | null): string {
  return `[global]
no-input = true
disable-pip-version-check = true
root-user-action = ignore
progress-bar = off
retries = 5
timeout = 30
${indexLines(indexUrl)}`;
}

/** For the finished image, so that `pip install` in a container asks the same index. `undefined`: pip's own. */
export function siteSettings(indexUrl: string | null): string | undefined {
  return indexUrl === null ? undefined : `[global]\n${indexLines(indexUrl)}`;
}

function indexLines(indexUrl: string | null): string {
  if (indexUrl === null) return "";
  const { protocol, host } = new URL(indexUrl);
  // pip takes plain http only from hosts that are named.
  const trusted = protocol === "http:" ? `trusted-host = ${host}\n` : "";
  return `index-url = ${oneLine(indexUrl)}\n${trusted}`;
}

/**
 * For sed, over the files that name apt's sources: every address of the distribution itself becomes the mirror's, whichever
 * mirror it was. Security updates are beside the packages, as on the distribution's own servers.
 */
export function mirrorEdit(mirror: string, os: BaseFacts["os"]): string {
  const address = oneLine(mirror).replace(/\/+$/, "");
  const edit = (folder: string, to: string) =>
    `s#https\\{0,1\\}://[^/[:space:]]*/${folder}/\\{0,1\\}\\([[:space:]]\\|$\\)#${to.replace(/[\\&#]/g, "\\$&")}\\1#g\n`;
  if (os === "ubuntu") return edit("ubuntu", address) + edit("ubuntu-ports", address);
  const security = /\/debian$/.test(address) ? `${address}-security` : address;
  return edit("debian-security", security) + edit("debian", address);
}

function oneLine(setting: string): string {
  return new URL(setting).href;
}
