import { type AddressInfo, createServer, type Socket } from "node:net";
import { afterEach, expect, test } from "vitest";
import { probeSsh } from "../../src/access/probe.ts";
import { wallClock } from "../../src/clock.ts";
import type { Clock } from "../../src/world.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwIK0w5oGBa9NUcShJ9bFcZbUbNSmvt7cvmIFGXuDYt";

let close = () => {};
afterEach(() => close());

/** Something on a port of this machine that does this with whoever comes. */
async function listening(
  meet: (socket: Socket) => void,
): Promise<{ address: string; port: number; hostKey: string }> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    meet(socket);
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  close = () => server.close();
  return { address: "127.0.0.1", port: (server.address() as AddressInfo).port, hostKey };
}

test.each<[string, string, (socket: Socket) => void]>([
  ["a mail server", "not-ssh", (socket) => socket.write("220 mail.example.org ESMTP\r\n")],
  [
    "a web server",
    "not-ssh",
    (socket) => socket.once("data", () => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")),
  ],
  ["a port proxy with nobody behind it", "no-answer", (socket) => socket.destroy()],
  [
    "a server that goes away after its greeting",
    "no-answer",
    (socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n"),
  ],
  ["nonsense after the greeting", "no-answer", (socket) => socket.end(`SSH-2.0-x\r\n${"\u0000".repeat(64)}`)],
])("%s is told as %s", async (_what, reach, meet) => {
  expect(await probeSsh(await listening(meet), wallClock)).toBe(reach);
});

test("nobody there is no answer", async () => {
  const target = await listening(() => {});
  close();
  expect(await probeSsh(target, wallClock)).toBe("no-answer");
});

test("one that says nothing is waited for 2 seconds of the clock", async () => {
  const slept: number[] = [];
  const quick: Clock = {
    ...wallClock,
    sleep: async (milliseconds) => {
      slept.push(milliseconds);
    },
  };
  expect(await probeSsh(await listening(() => {}), quick)).toBe("no-answer");
  expect(slept).toEqual([2000]);
});
