#!/usr/bin/env node
// From a fresh clone to a running command: brings what is missing, then starts it on the right Node.
// Plain JavaScript, because the Node that starts this file may be too old for the rest (20 is enough).
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const minute = 60_000;

// The command looked for, and the Debian package that brings it.
const bedPackages = {
  dockerd: "docker.io",
  ip: "iproute2",
  iptables: "iptables",
  nsenter: "util-linux",
  mmdebstrap: "mmdebstrap",
  ssh: "openssh-client",
  rsync: "rsync",
};
const commands = {
  demo: { packages: bedPackages, steps: (rest) => [["src/cli.ts", "demo", ...rest]] },
  test: { packages: { ...bedPackages, chromium: "chromium" }, steps: (rest) => [vitest(rest)] },
  "test:long": {
    packages: { ...bedPackages, chromium: "chromium" },
    env: { BERTH_LONG: "1" },
    steps: (rest) => [vitest(rest)],
  },
  bench: { packages: bedPackages, steps: (rest) => [["bench/run.ts", ...rest]] },
  check: {
    steps: () => [
      ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "."],
      ["node_modules/typescript/bin/tsc", "--noEmit", "-p", "src/demo/slack/page"],
      ["node_modules/@biomejs/biome/bin/biome", "ci"],
      ["node_modules/knip/bin/knip.js"],
      ["node_modules/drizzle-kit/bin.cjs", "check"],
    ],
  },
};

function vitest(rest) {
  // The native loader writes no temporary file into node_modules, which may be another user's.
  return ["node_modules/vitest/vitest.mjs", "run", "--configLoader", "native", ...rest];
}

await main(process.argv[2], process.argv.slice(3));

async function main(what, rest) {
  const command = commands[what];
  if (!command) fail(`Say what to do: ${Object.keys(commands).join(", ")}.`);
  if (process.platform !== "linux") {
    fail(
      "Berth runs on Linux: it needs containers and their limits. On another system, use a Linux machine or VM.",
    );
  }
  process.chdir(root);
  installModules();
  const node = pickNode();
  const env = { ...process.env, ...command.env, PATH: `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin` };
  if (command.packages) {
    if (process.getuid() !== 0 && canSudo()) return again(what, rest);
    const lack =
      process.getuid() === 0 ? installPackages(command.packages) : "there is neither root nor sudo";
    if (lack) goOnWithoutEngine(what, lack, env);
  }
  // What a step itself starts by name must find the same Node.
  env.PATH = `${join(node, "..")}:${join(root, "node_modules/.bin")}:${env.PATH}`;
  let worst = 0;
  for (const step of command.steps(rest)) worst = Math.max(worst, await runStep(node, step, env));
  process.exit(worst);
}

/** `npm ci` deletes node_modules each time and costs 12 to 46 s, so it runs only when something in it is not as locked. */
function installModules() {
  if (modulesAreAsLocked()) return;
  say("Installing the project's modules (npm ci), about half a minute …");
  // No install script is needed; naming the flag makes npm 11 and 12 behave the same.
  if (
    !tryCommand(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], 10 * minute)
  ) {
    fail("npm ci did not succeed; its words are above. Often it is the network: run the same command again.");
  }
}

/** npm notes at the end of an install what it has put into node_modules. A platform's optional parts may be absent. */
function modulesAreAsLocked() {
  try {
    const locked = JSON.parse(readFileSync("package-lock.json", "utf8")).packages;
    const installed = JSON.parse(readFileSync("node_modules/.package-lock.json", "utf8")).packages;
    return Object.entries(locked).every(
      ([path, { version, optional }]) =>
        path === "" || installed[path]?.version === version || (optional && !installed[path]),
    );
  } catch {
    return false;
  }
}

/** The Node that came with the modules, else this one if it is new enough. */
function pickNode() {
  const bundled = join(root, "node_modules/.bin/node");
  for (const candidate of [bundled, process.execPath]) {
    const answer = spawnSync(candidate, ["-p", "process.versions.node"], {
      encoding: "utf8",
      timeout: minute,
    });
    if (answer.status === 0 && Number.parseInt(answer.stdout, 10) >= 24) return candidate;
  }
  fail(
    "Berth needs Node 24 or newer, and none comes with it for this machine. Install Node 24 and run this again.",
  );
}

/** Engine, namespaces and the members' folders need root; the modules above are still the person's own. */
function canSudo() {
  if (!onPath("sudo")) return false;
  if (spawnSync("sudo", ["-n", "true"], { timeout: minute }).status === 0) return true;
  if (!process.stdin.isTTY) return false;
  say("An engine of its own needs root. sudo may ask for your password.");
  return tryCommand(["sudo", "-v"], 5 * minute);
}

/** The same once more as root. The terminal's Ctrl-C reaches the inner one by itself; this one only waits for it. */
function again(what, rest) {
  const kept = Object.entries(process.env).filter(([name]) =>
    /^(BERTH_|LOG_LEVEL$|CI$|https?_proxy$|no_proxy$)/i.test(name),
  );
  const assignments = [`PATH=${process.env.PATH}`, ...kept.map(([name, value]) => `${name}=${value}`)];
  const child = spawn("sudo", ["env", ...assignments, process.execPath, process.argv[1], what, ...rest], {
    stdio: "inherit",
  });
  for (const signal of ["SIGINT", "SIGHUP"]) process.on(signal, () => {});
  process.on("SIGTERM", () => child.kill("SIGTERM"));
  child.on("exit", (code) => process.exit(code ?? 1));
}

/** Installs the Debian packages that are missing. Returns what is lacking in the end, in words, or undefined. */
function installPackages(packages) {
  const missing = Object.entries(packages).filter(([command]) => !onPath(command));
  if (missing.length === 0) return undefined;
  const names = missing.map(([, name]) => name);
  if (!onPath("apt-get")) return `${names.join(", ")} is missing, and there is no apt-get to install it with`;
  say(`Installing with apt-get: ${names.join(", ")}`);
  const options = ["DPkg::Lock::Timeout=120", "Acquire::Retries=3", "Acquire::http::Timeout=30"];
  const apt = [
    "env",
    "DEBIAN_FRONTEND=noninteractive",
    "apt-get",
    ...options.flatMap((option) => ["-o", option]),
  ];
  const install = [...apt, "install", "-y", "--no-install-recommends", ...names];
  if (listsAreStale() || !tryCommand(install, 20 * minute)) {
    if (!tryCommand([...apt, "update"], 5 * minute))
      say("apt-get update did not finish; going on with what is known.");
    if (!tryCommand(install, 20 * minute))
      return `apt-get could not install ${names.join(", ")} (its words are above)`;
  }
  const still = missing.filter(([command]) => !onPath(command)).map(([command]) => command);
  return still.length > 0 ? `${still.join(", ")} is still missing after apt-get` : undefined;
}

/** Never updated, or more than a week ago: the versions in the lists may be gone from the mirror. */
function listsAreStale() {
  const lists = "/var/lib/apt/lists";
  const week = 7 * 24 * 60 * minute;
  return !existsSync(`${lists}/lock`) || Date.now() - statSync(lists).mtimeMs > week;
}

/** The demo says it on its page too; the tests on real parts fail with this sentence. */
function goOnWithoutEngine(what, because, env) {
  env.BERTH_NO_ENGINE = because;
  if (what === "demo") say(`No engine of its own: ${because}. Containers will be simulated in memory.`);
  else say(`The tests on a real engine will fail: ${because}.`);
}

/** Runs one step to its end. It has a process group of its own, so that Ctrl-C reaches it once, from here. */
function runStep(node, args, env) {
  return new Promise((resolve) => {
    const child = spawn(node, args, { stdio: "inherit", env, cwd: root, detached: true });
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    const forward = onceASecond((signal) => child.kill(signal));
    for (const signal of signals) process.on(signal, forward);
    child.on("error", (error) => {
      say(`Could not start ${args[0]}: ${error.message}`);
      resolve(1);
    });
    child.on("exit", (code, signal) => {
      for (const name of signals) process.off(name, forward);
      resolve(code ?? (signal === "SIGINT" ? 130 : 1));
    });
  });
}

/** One press of Ctrl-C arrives here from the terminal and again from npm. */
function onceASecond(act) {
  let last = 0;
  return (signal) => {
    const now = Date.now();
    if (now - last > 1000) act(signal);
    last = now;
  };
}

function onPath(command) {
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
  return path.split(":").some((folder) => folder !== "" && existsSync(join(folder, command)));
}

function tryCommand([command, ...args], timeout) {
  return spawnSync(command, args, { stdio: "inherit", timeout, cwd: root }).status === 0;
}

function say(sentence) {
  process.stderr.write(`berth: ${sentence}\n`);
}

function fail(sentence) {
  say(sentence);
  process.exit(1);
}
