import { join } from "node:path";

/** Where access keeps its files on the host, all below the state directory, and where a container finds them. */
export function places(stateDir: string) {
  return {
    scripts: join(stateDir, "scripts"),
    keysOf: (memberId: number) => join(stateDir, "keys", String(memberId)),
    hostKeyOf: (projectId: number) => join(stateDir, "host-keys", String(projectId)),
  };
}

/** Directories, never files: a file mounted by itself stays the old one when it is replaced. */
export const insideContainer = {
  scripts: "/etc/berth/scripts",
  keys: "/etc/berth/keys",
  hostKey: "/etc/berth/host-key",
} as const;

export const hostKeyFile = "ssh_host_ed25519_key";
export const authorizedKeysFile = "authorized_keys";
