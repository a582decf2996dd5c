import { spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { join } from "node:path";
import { succeeds, waitUntil } from "./command.ts";
import { inNamespace } from "./network.ts";
import type { Place } from "./place.ts";
import { pidsOf } from "./processes.ts";

/**
 * Starts the bed's containerd and dockerd where they do not run yet, and waits until the engine answers. Both are the
 * machine's own programs with configuration files of ours: a running engine, its containerd and /etc/docker stay out of it.
 * They have sessions of their own, so they outlive a killed demo and the next start finds them.
 * Throws with the last lines of the log.
 */
export async function startDaemons(place: Place, gpuBinDir: string | undefined): Promise<void> {
  await mkdir(place.runDir, { recursive: true, mode: 0o711 });
  await mkdir(place.dataRoot, { recursive: true });
  const path = [gpuBinDir, process.env.PATH, "/usr/local/sbin:/usr/sbin:/sbin"].filter(Boolean).join(":");
  if (pidsOf("containerd", place.runDir).length === 0) await startContainerd(place, path);
  if (pidsOf("dockerd", place.runDir).length === 0) await startDockerd(place, path);
  if (!(await waitUntil(() => answers(place.socketPath), 30))) {
    throw new Error(`The demo's engine does not answer. ${await lastWords(place)}`);
  }
}

/** True if an engine answers on the socket within two seconds. */
export function answers(socketPath: string): Promise<boolean> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: "/_ping", timeout: 2000 }, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on("timeout", () => asked.destroy());
    asked.on("error", () => resolve(false));
    asked.end();
  });
}

async function startContainerd(place: Place, path: string): Promise<void> {
  const configPath = join(place.runDir, "containerd.toml");
  await writeFile(
    configPath,
    [
      "version = 2",
      `root = ${JSON.stringify(join(place.dataRoot, "containerd"))}`,
      `state = ${JSON.stringify(join(place.runDir, "containerd"))}`,
      'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
      "[grpc]",
      `  address = ${JSON.stringify(place.containerdSocketPath)}`,
      "",
    ].join("\n"),
  );
  const child = startDetached(place, path, ["containerd", "--config", configPath, "--log-level", "warn"]);
  const socket = ["test", "-S", place.containerdSocketPath];
  if (!(await waitUntil(() => succeeds(socket), 20, child.hasEnded))) {
    throw new Error(`The demo's containerd did not start. ${await lastWords(place)}`);
  }
}

async function startDockerd(place: Place, path: string): Promise<void> {
  const configPath = join(place.runDir, "daemon.json");
  const settings = {
    ...(await labSettings()),
    "data-root": place.dataRoot,
    "exec-root": join(place.runDir, "exec"),
    pidfile: join(place.runDir, "dockerd.pid"),
    hosts: [`unix://${place.socketPath}`],
    containerd: place.containerdSocketPath,
    "live-restore": true,
    "log-driver": "local",
    "log-level": "warn",
    // Unusual ranges: the host's resolver may well be in one of the engine's default ones.
    bip: "192.168.215.1/24",
    // Builds stand on the engine's own bridge, side by side: they don't reach each other.
    icc: false,
    "default-address-pools": [{ base: "10.215.0.0/16", size: 24 }],
  };
  await writeFile(configPath, JSON.stringify(settings, undefined, 2));
  // Left by a killed one; dockerd refuses to start if that number is in use again.
  await rm(settings.pidfile, { force: true });
  const child = startDetached(place, path, ["dockerd", "--config-file", configPath]);
  if (!(await waitUntil(() => answers(place.socketPath), 40, child.hasEnded))) {
    throw new Error(`The demo's engine did not start. ${await lastWords(place)}`);
  }
}

/** What a lab has told its engine about the way to registries and names holds for this one too. */
async function labSettings(): Promise<Record<string, unknown>> {
  const text = await readFile("/etc/docker/daemon.json", "utf8").catch(() => "{}");
  const wanted = new Set(["registry-mirrors", "insecure-registries", "dns", "dns-search", "proxies", "mtu"]);
  try {
    return Object.fromEntries(Object.entries(JSON.parse(text)).filter(([name]) => wanted.has(name)));
  } catch {
    // Its own engine refuses such a file with words; this one can do without.
    return {};
  }
}

function startDetached(place: Place, path: string, argv: string[]): { hasEnded: () => boolean } {
  const log = openSync(place.logPath, "a");
  const [program, ...args] = [...inNamespace(place), ...argv];
  const child = spawn(program!, args, {
    detached: true,
    stdio: ["ignore", log, log],
    cwd: "/",
    env: { ...process.env, PATH: path },
  });
  closeSync(log);
  let ended = false;
  child.on("exit", () => {
    ended = true;
  });
  child.on("error", () => {
    ended = true;
  });
  child.unref();
  return { hasEnded: () => ended };
}

async function lastWords(place: Place): Promise<string> {
  const log = await readFile(place.logPath, "utf8").catch(() => "");
  return `The last lines of ${place.logPath}:\n${log.trimEnd().split("\n").slice(-8).join("\n")}`;
}
