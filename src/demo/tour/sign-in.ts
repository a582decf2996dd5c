import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { expectSo, NotSo } from "./story.ts";

const run = promisify(execFile);
const limitMs = 30_000;

/** A member's own terminal: the real ssh with their key and their known hosts. */
export type Terminal = {
  /** What the command prints in the container that `line` (`ssh -p 22000 ana@…`) leads to. */
  ssh(line: string, command: string): Promise<string>;
  /** Any program of the ssh family, with our options in front: `tool("scp", …)`. */
  tool(
    program: "scp" | "sftp" | "rsync",
    line: string,
    args: (target: string) => string[],
    input?: string,
  ): Promise<string>;
  /** `ssh -L`: what a service on that port inside says to one connection. */
  throughTunnel(line: string, insidePort: number): Promise<string>;
  /** One connection that stays, and several commands over it at once: as an editor does it. */
  severalAtOnce(line: string, commands: readonly string[]): Promise<string[]>;
};

export function terminal(options: {
  privateKeyPath: string;
  knownHosts: string;
  controlPath: string;
}): Terminal {
  const own = [
    ["IdentityFile", options.privateKeyPath],
    ["IdentitiesOnly", "yes"],
    ["UserKnownHostsFile", options.knownHosts],
    // The host key comes from the card's known_hosts line: one that differs is refused.
    ["StrictHostKeyChecking", "yes"],
    ["BatchMode", "yes"],
    ["ConnectTimeout", "10"],
  ].flatMap(([name, value]) => ["-o", `${name}=${value}`]);

  async function start(program: string, args: readonly string[], input?: string): Promise<string> {
    try {
      const child = run(program, args, { timeout: limitMs, maxBuffer: 1 << 20 });
      child.child.stdin?.end(input ?? "");
      return (await child).stdout;
    } catch (error) {
      const { stderr = "", message } = error as { stderr?: string; message: string };
      throw new NotSo(`${program} ${args.slice(own.length).join(" ")} failed: ${stderr.trim() || message}`);
    }
  }

  return {
    ssh: (line, command) => start("ssh", [...own, ...target(line).ssh, command]),
    tool(program, line, args, input) {
      const { port, where } = target(line);
      if (program === "rsync")
        return start("rsync", ["-e", `ssh ${own.join(" ")} -p ${port}`, ...args(where)]);
      return start(program, [...own, "-P", port, ...args(where)], input);
    },
    async throughTunnel(line, insidePort) {
      const port = await freePort();
      const tunnel = spawn(
        "ssh",
        [
          ...own,
          "-N",
          "-o",
          "ExitOnForwardFailure=yes",
          "-L",
          `127.0.0.1:${port}:127.0.0.1:${insidePort}`,
          ...target(line).ssh,
        ],
        { stdio: "ignore" },
      );
      try {
        return await answerOf(`http://127.0.0.1:${port}/`);
      } finally {
        tunnel.kill();
        if (tunnel.exitCode === null) await once(tunnel, "exit");
      }
    },
    async severalAtOnce(line, commands) {
      const shared = ["-o", `ControlPath=${options.controlPath}`];
      await start("ssh", [
        ...own,
        ...shared,
        "-o",
        "ControlMaster=yes",
        "-o",
        "ControlPersist=60",
        "-f",
        "-N",
        ...target(line).ssh,
      ]);
      try {
        return await Promise.all(
          commands.map((command) => start("ssh", [...own, ...shared, ...target(line).ssh, command])),
        );
      } finally {
        await start("ssh", [...shared, "-O", "exit", ...target(line).ssh]).catch(() => "");
      }
    },
  };
}

function target(line: string): { port: string; where: string; ssh: string[] } {
  const [, port, where] = /^ssh -p (\d+) (\S+@\S+)$/.exec(line) ?? [];
  expectSo(port && where, `a line like “ssh -p 22000 ana@gpu1.example.org”, not “${line}”`);
  return { port, where, ssh: ["-p", port, where] };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  expectSo(typeof address === "object" && address, "a free port");
  return address.port;
}

async function answerOf(url: string): Promise<string> {
  let last: unknown;
  for (let tries = 0; tries < 50; tries++) {
    try {
      return await (await fetch(url, { signal: AbortSignal.timeout(5000) })).text();
    } catch (error) {
      last = error;
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  throw new NotSo(`${url} did not answer through the tunnel: ${last}`);
}
