import { expect, test } from "vitest";
import { instructions } from "./instructions.ts";

const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwIK0w5oGBa9NUcShJ9bFcZbUbNSmvt7cvmIFGXuDYt";
const project = { name: "vision", sshPort: 22_001, aliasId: "k3x9", hostKey };
const direct = { sshHost: "gpu1.example.org", sshJump: undefined };

test("everything to sign in with, as text to copy", () => {
  expect(instructions(direct, { handle: "ana" }, project)).toEqual({
    command: "ssh -p 22001 ana@gpu1.example.org",
    host: "vision.berth",
    configBlock: `Host vision.berth
  HostName gpu1.example.org
  Port 22001
  User ana
  HostKeyAlias berth-k3x9
  ServerAliveInterval 30`,
    knownHostsLine: `berth-k3x9,[gpu1.example.org]:22001 ${hostKey}`,
    fingerprint: "SHA256:9NI1043VQCooHnm48P2WflKVPQ6alGv3/Zd8Tr3eihc",
    vscodeUrl: "vscode://vscode-remote/ssh-remote+vision.berth/workspace",
    jupyterLine: "ssh -p 22001 -N -L 8888:localhost:8888 ana@gpu1.example.org",
    rsyncLine: 'rsync -av -e "ssh -p 22001" ./ ana@gpu1.example.org:/workspace/',
  });
});

test("through a jump host where the site has one", () => {
  const through = instructions({ ...direct, sshJump: "gate.example.org" }, { handle: "ana" }, project);
  expect(through.command).toBe("ssh -J gate.example.org -p 22001 ana@gpu1.example.org");
  expect(through.configBlock).toMatch(/\n {2}ProxyJump gate\.example\.org$/);
  expect(through.rsyncLine).toContain('-e "ssh -J gate.example.org -p 22001"');
});

test("a project that never started has none", () => {
  expect(() => instructions(direct, { handle: "ana" }, { ...project, hostKey: null })).toThrow(
    "no port or host key",
  );
});
