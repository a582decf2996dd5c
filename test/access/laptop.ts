import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** A member's own machine: a directory with their key and OpenSSH's real programs, and nothing of the host's own settings. */
export type Laptop = {
  dir: string;
  publicKey: string;
  config: string;
  /** Runs a program with `-F config` in place; never throws for what it answers. */
  ssh(...args: string[]): Promise<Ran>;
  scp(...args: string[]): Promise<Ran>;
  sftp(batch: string, host: string): Promise<Ran>;
  rsync(...args: string[]): Promise<Ran>;
  close(): Promise<void>;
};

export type Ran = { code: number; out: string; err: string };

export async function laptop(): Promise<Laptop> {
  const dir = await mkdtemp(join(tmpdir(), "berth-laptop-"));
  const key = join(dir, "id_ed25519");
  await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "ana@laptop", "-f", key]);
  const { stdout } = await run("cat", [`${key}.pub`]);
  const config = join(dir, "config");
  return {
    dir,
    publicKey: stdout.trim(),
    config,
    ssh: (...args) => attempt("ssh", ["-F", config, ...args]),
    scp: (...args) => attempt("scp", ["-F", config, ...args]),
    rsync: (...args) => attempt("rsync", ["-e", `ssh -F ${config}`, ...args]),
    async sftp(batch, host) {
      const file = join(dir, "batch");
      await writeFile(file, batch);
      return attempt("sftp", ["-F", config, "-b", file, host]);
    },
    close: () => rm(dir, { recursive: true, force: true }),
  };
}

/** What a member pastes from Berth, and what is only so here: their key, their known_hosts, no questions. */
export async function paste(
  laptop: Laptop,
  { configBlock, knownHostsLine }: { configBlock: string; knownHostsLine: string },
): Promise<void> {
  const known = join(laptop.dir, "known_hosts");
  await mkdir(laptop.dir, { recursive: true });
  await writeFile(known, `${knownHostsLine}\n`);
  const mine = [
    "Host *",
    `  IdentityFile ${join(laptop.dir, "id_ed25519")}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${known}`,
    "  StrictHostKeyChecking yes",
    "  BatchMode yes",
    "  ConnectTimeout 20",
    "  LogLevel ERROR",
  ];
  await writeFile(laptop.config, `${configBlock}\n\n${mine.join("\n")}\n`);
}

async function attempt(program: string, args: readonly string[]): Promise<Ran> {
  const running = run(program, [...args], {
    timeout: 90_000,
    maxBuffer: 8 * 2 ** 20,
    env: { PATH: process.env.PATH },
  });
  running.child.stdin?.on("error", () => {}).end();
  try {
    const { stdout, stderr } = await running;
    return { code: 0, out: stdout, err: stderr };
  } catch (error) {
    const { code, stdout = "", stderr = "" } = error as { code?: number; stdout?: string; stderr?: string };
    return { code: typeof code === "number" ? code : 255, out: stdout, err: stderr };
  }
}
