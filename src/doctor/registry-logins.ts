import { stat } from "node:fs/promises";
import { RegistryFileWrong, registryLogins } from "../images/build/registry-logins.ts";
import { counted, listed } from "../sentence.ts";
import type { Settings } from "../world.ts";
import { type Check, ok, warning } from "./finding.ts";

const what = "registries";

/** The logins for private base images, if there are any: readable, whole, and nobody else's to read. */
export function registryLoginsCheck(settings: Pick<Settings, "registryAuth">): Check {
  return {
    what,
    async run() {
      const path = settings.registryAuth;
      if (path === undefined)
        return [ok(what, "No logins are set: base images that are open to everyone can be fetched.")];
      try {
        const hosts = Object.keys(await registryLogins({ settings: settings as Settings }));
        const { mode } = await stat(path);
        if (mode & 0o077)
          return [warning(what, `${path} can be read by others than root.`, `chmod 0600 ${path}`)];
        return [ok(what, `${counted(hosts.length, "login")}: ${listed(hosts)}.`)];
      } catch (error) {
        if (!(error instanceof RegistryFileWrong)) throw error;
        return [
          warning(what, error.message, `docker --config ${path.replace(/\/[^/]*$/, "")} login <registry>`),
        ];
      }
    },
  };
}
