import { connect, type Socket } from "node:net";
import { Client } from "ssh2";
import type { Clock, SshReach } from "../world.ts";

const limitMs = 2000;

/**
 * Does an SSH server answer there, and does it prove that it has this host key? Never throws; at most 2 s. Nobody signs in.
 * Where nothing listens yet it costs one refused connection, so it may be asked every 20 ms.
 */
export async function probeSsh(target: SshTarget, clock: Clock): Promise<SshReach> {
  const answered = new AbortController();
  const socket = connect({ host: target.address, port: target.port, noDelay: true });
  const late = clock.sleep(limitMs, answered.signal).then((): SshReach => "no-answer");
  try {
    return await Promise.race([meet(socket, target.hostKey), late]);
  } finally {
    answered.abort();
    socket.destroy();
  }
}

/** `hostKey` as in known_hosts: `ssh-ed25519 AAAA…`. */
export type SshTarget = { address: string; port: number; hostKey: string };

function meet(socket: Socket, hostKey: string): Promise<SshReach> {
  return new Promise((resolve) => {
    let greeting = "";
    let wrong = false;
    const expected = Buffer.from(hostKey.split(" ")[1] ?? "", "base64");
    const client = new Client();
    // An engine's port proxy takes connections before the server inside listens, and drops them: that is no answer yet.
    const failed = () => resolve(wrong ? "wrong-key" : "no-answer");
    socket.on("error", failed).on("close", failed);
    socket.on("data", (chunk) => {
      if (greeting.length >= 4) return;
      greeting += chunk.toString("latin1", 0, 4);
      if (greeting.length >= 4 && !greeting.startsWith("SSH-")) resolve("not-ssh");
    });
    client.on("error", failed).on("close", failed);
    // After the key exchange: the server has signed it with the key that was looked at.
    client.on("handshake", () => resolve("ready"));
    socket.once("connect", () => {
      const hostVerifier = (key: Buffer) => {
        wrong = !key.equals(expected);
        return !wrong;
      };
      client.connect({ sock: socket, username: "nobody", hostVerifier, readyTimeout: 0 });
    });
  });
}
