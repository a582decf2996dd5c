import { readFile } from "node:fs/promises";
import { z } from "zod";
import type { RegistryLogins } from "../../engine/build.ts";
import type { World } from "../../world.ts";

/**
 * The logins for private bases, from the file that `BERTH_REGISTRY_AUTH` names: a `config.json` as `docker login` writes it.
 * Read anew for each build, so that a changed password counts at once, and kept nowhere. Throws `RegistryFileWrong`, whose
 * message holds nothing of the file.
 */
export async function registryLogins(world: Pick<World, "settings">): Promise<RegistryLogins> {
  const path = world.settings.registryAuth;
  if (path === undefined) return {};
  const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new RegistryFileWrong(`${path} (BERTH_REGISTRY_AUTH) can't be read (${error.code}).`);
  });
  return readRegistryFile(text, path);
}

/**
 * What is told to the registry that an image is fetched from. A file that can't be read is a fault for the operator's log, and
 * no reason against an open image.
 */
export async function loginsToFetch(world: World, ref: string): Promise<RegistryLogins> {
  const logins = await registryLogins(world).catch((err: unknown) => {
    if (!(err instanceof RegistryFileWrong)) throw err;
    world.log.error({ image: ref, err }, "the registry's logins can't be read");
    return {};
  });
  return loginsFor(logins, [ref]);
}

/** For operators: the message names the file, never what is in it. */
export class RegistryFileWrong extends Error {
  override readonly name = "RegistryFileWrong";
}

const entry = z.looseObject({
  auth: z.string().optional(),
  username: z.string().optional(),
  password: z.string().optional(),
});
const file = z.looseObject({
  auths: z.record(z.string(), entry).default({}),
  credsStore: z.string().optional(),
});

/** By host of the registry, `docker.io` for Docker's own, whatever the file calls it. */
export function readRegistryFile(text: string, path: string): RegistryLogins {
  const wrong = (because: string) => new RegistryFileWrong(`${path} (BERTH_REGISTRY_AUTH) ${because}.`);
  const json = (() => {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      throw wrong("is not JSON");
    }
  })();
  const read = file.safeParse(json);
  if (!read.success) throw wrong("is not a config.json as docker login writes it");
  const logins: Record<string, { username: string; password: string }> = {};
  for (const [address, { auth, username, password }] of Object.entries(read.data.auths)) {
    const [, user = username, word = password] =
      /^([^:]*):(.*)$/s.exec(Buffer.from(auth ?? "", "base64").toString("utf8")) ?? [];
    if (!user || !word) {
      const why = read.data.credsStore
        ? "keeps its passwords in a store of the desktop; log in on a machine without one"
        : `has no user name and password for ${hostOf(address)}`;
      throw wrong(why);
    }
    logins[hostOf(address)] = { username: user, password: word };
  }
  return logins;
}

/** Of an address in the file, or of a reference of an image. */
export function registryOf(reference: string): string {
  const [first = "", ...more] = reference.split("/");
  return more.length > 0 && (/[.:]/.test(first) || first === "localhost") ? hostOf(first) : "docker.io";
}

/** Only those that fetch these images. */
export function loginsFor(logins: RegistryLogins, references: readonly string[]): RegistryLogins {
  const hosts = new Set(references.map(registryOf));
  return Object.fromEntries(Object.entries(logins).filter(([host]) => hosts.has(host)));
}

function hostOf(address: string): string {
  const host = address.replace(/^https?:\/\//, "").replace(/\/.*$/, "");
  return ["index.docker.io", "registry-1.docker.io", "docker.io"].includes(host) ? "docker.io" : host;
}
