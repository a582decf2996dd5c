import { expect, test } from "vitest";
import type { EngineFacts } from "../engine/engine.ts";
import { memoryHost } from "../host/memory.ts";
import { judgeNeighbours } from "./build-network.ts";
import { judgeClock } from "./clock.ts";
import { judgeDisk } from "./disk.ts";
import { exitCodeOf, line, runDoctor, soundForSudo } from "./doctor.ts";
import { judgeEngine } from "./engine.ts";
import { type Finding, fault, forSudo, ok, warning } from "./finding.ts";
import { gatewayIn, judgeFirewall, type Reach } from "./firewall.ts";
import { judgeReading, judgeSeen } from "./gpu-binding.ts";
import { judgeInotify } from "./inotify.ts";
import { judgePostgres } from "./postgres.ts";
import { controlGroupFiles, judgeSignals } from "./signals.ts";
import { judgeSlack } from "./slack.ts";
import { judgePorts } from "./ssh-ports.ts";
import { judgeRoot, mountOf } from "./workspaces.ts";

/** What is not in order, as it is printed. */
function troubles(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== "ok").map(line);
}

const engine: EngineFacts = {
  kind: "docker",
  version: "28.3.1",
  apiVersion: "1.51",
  cgroupDriver: "cgroupfs",
  cgroupVersion: "2",
  liveRestore: true,
  defaultRuntime: "runc",
  runtimes: ["runc", "nvidia"],
  cdi: true,
  rootDir: "/var/lib/docker",
  cpus: 64,
  memoryBytes: 2 ** 39,
  storageDriver: "overlay2",
  securityOptions: ["name=seccomp,profile=builtin"],
  buildBridge: { name: "docker0", neighbours: false },
};

test("an engine that is as it should be has no trouble", () => {
  expect(troubles(judgeEngine(engine, "nvidia"))).toEqual([]);
  expect(troubles(judgeEngine(engine, "cdi"))).toEqual([]);
});

test.each<[string, Partial<EngineFacts>, "nvidia" | "cdi" | "simulated", RegExp]>([
  ["podman is refused by its name", { kind: "podman" }, "nvidia", /^✗ engine: This is podman, not Docker/],
  ["an engine that enforces no limits", { cgroupDriver: "none" }, "simulated", /^✗ .*no cgroup driver/],
  ["an old engine works", { version: "20.10.24+dfsg1" }, "simulated", /^! .*20\.10\.24/],
  ["an older one does not", { version: "19.03.15" }, "simulated", /^✗ .*too old/],
  ["a restart that ends everybody's work", { liveRestore: false }, "nvidia", /^! .*live-restore/],
  ["GPUs that a reload takes away", { cgroupDriver: "systemd" }, "nvidia", /^! .*daemon-reload/],
  ["control groups of yesterday", { cgroupVersion: "1" }, "nvidia", /^! .*v1/],
  ["every GPU to everybody", { defaultRuntime: "nvidia" }, "nvidia", /^! .*gets every GPU/],
  ["no NVIDIA runtime", { runtimes: ["runc"] }, "nvidia", /^! .*nvidia-ctk runtime configure/s],
  ["CDI asked for and off", { cdi: false }, "cdi", /^✗ .*CDI is off/],
  ["an engine without root", { securityOptions: ["name=rootless"] }, "nvidia", /^✗ .*without root/],
])("%s", (_sentence, more, gpus, words) => {
  expect(troubles(judgeEngine({ ...engine, ...more }, gpus))).toEqual([expect.stringMatching(words)]);
});

test("the systemd driver is no trouble where CDI gives the GPUs", () => {
  expect(troubles(judgeEngine({ ...engine, cgroupDriver: "systemd" }, "cdi"))).toEqual([]);
});

const gpu = "GPU-aaaaaaaa-0000-4000-8000-000000000000";
const other = "GPU-bbbbbbbb-0000-4000-8000-000000000001";
const seen = (...lines: string[]) => ({ exitCode: 0, output: lines.join("\n") });

test.each<[string, { uuid: string; isSlice: boolean }, { exitCode: number; output: string }, RegExp]>([
  [
    "the one that was given and no other",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${gpu})`),
    /^✓/,
  ],
  [
    "every GPU",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${gpu})`, `GPU 1: NVIDIA L40S (UUID: ${other})`),
    /^✗ .*one GPU sees 2/,
  ],
  [
    "another one",
    { uuid: gpu, isSlice: false },
    seen(`GPU 0: NVIDIA L40S (UUID: ${other})`),
    /^✗ .*does not see it/,
  ],
  [
    "the slice that was given",
    { uuid: "MIG-1", isSlice: true },
    seen(`GPU 0: NVIDIA A100 (UUID: ${gpu})`, "  MIG 3g.20gb     Device  0: (UUID: MIG-1)"),
    /^✓/,
  ],
  [
    "the whole GPU around the slice",
    { uuid: "MIG-1", isSlice: true },
    seen(
      `GPU 0: NVIDIA A100 (UUID: ${gpu})`,
      "  MIG 3g.20gb     Device  0: (UUID: MIG-1)",
      "  MIG 3g.20gb     Device  1: (UUID: MIG-2)",
    ),
    /^✗ .*one slice sees 2/,
  ],
  [
    "nothing",
    { uuid: gpu, isSlice: false },
    { exitCode: 127, output: "exec: nvidia-smi: not found" },
    /^✗ .*not found.*nvidia-ctk/s,
  ],
])("a container sees %s", (_sentence, device, listed, words) => {
  expect(line(judgeSeen(device, listed, "nvidia"))).toMatch(words);
});

test("GPUs are told by model, and those nobody can be given", async () => {
  const clock = { now: () => new Date(0) };
  const reading = await memoryHost({ gpus: [{}, {}, { slices: [] }], clock }).readGpus();
  expect(judgeReading(reading).map(line)).toEqual([
    expect.stringMatching(/^✓ GPUs: 3 × NVIDIA A100/),
    expect.stringMatching(/^! GPUs: GPU 2 has MIG on and no slices/),
  ]);
  expect(troubles(judgeReading({ ...reading, gpus: [] }))).toEqual([expect.stringMatching(/^! .*no GPU/)]);
});

const root = {
  root: "/srv/berth",
  found: { isDirectory: true, uid: 0, mode: 0o40700, marker: true },
  mount: { at: "/srv/berth", options: ["rw", "nosuid", "nodev"] },
};

test.each<[string, object, RegExp | undefined]>([
  ["a root that is as it should be", {}, undefined],
  ["none", { found: undefined }, /^✗ .*There is no directory \/srv\/berth/],
  [
    "one whose disk may be away",
    { found: { ...root.found, marker: false } },
    /^✗ .*no marker file.*touch \/srv\/berth\/\.berth-workspaces/s,
  ],
  ["one that others can enter", { found: { ...root.found, mode: 0o40755 } }, /^✗ .*mode 0755.*chmod 0700/s],
  ["one of somebody else", { found: { ...root.found, uid: 1000 } }, /^✗ .*owner 1000/],
  [
    "one that lets setuid files count",
    { mount: { at: "/srv/berth", options: ["rw", "nodev"] } },
    /^✗ .*not mounted nosuid:.*mount -o remount,nosuid,nodev \/srv\/berth/s,
  ],
  [
    "one that is no mount of its own",
    { mount: { at: "/", options: ["rw"] } },
    /^✗ .*not mounted nosuid,nodev:.*none bind,nosuid,nodev/s,
  ],
])("workspaces: %s", (_sentence, more, words) => {
  const findings = judgeRoot({ ...root, ...more });
  expect(troubles(findings)).toEqual(words ? [expect.stringMatching(words)] : []);
  // The marker protects files, not the host.
  expect(soundForSudo(findings)).toBe(words === undefined);
});

test("the mount of a path is the nearest above it, the last where several lie on each other", () => {
  const mounts = [
    "1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    "2 1 8:2 / /srv rw,nosuid - ext4 /dev/sdb1 rw",
    "3 2 8:2 / /srv/berth rw - ext4 /dev/sdb1 rw",
    "4 3 8:2 / /srv/berth rw,nosuid,nodev - ext4 /dev/sdb1 rw",
    "5 1 8:3 / /srv/my\\040files rw,noexec - ext4 /dev/sdc1 rw",
  ].join("\n");
  expect(mountOf("/srv/berth", mounts)).toEqual({ at: "/srv/berth", options: ["rw", "nosuid", "nodev"] });
  expect(mountOf("/srv/berthold", mounts)?.at).toBe("/srv");
  expect(mountOf("/srv/my files/x", mounts)?.options).toContain("noexec");
  expect(mountOf("/var", mounts)?.at).toBe("/");
});

test("a hundred watchers for all of root are too few", () => {
  expect(troubles(judgeInotify(128))).toEqual([
    expect.stringMatching(/^✗ .*128 instances.*sysctl --system/s),
  ]);
  expect(troubles(judgeInotify(8192))).toEqual([]);
});

test.each<
  [
    string,
    { host?: Reach; metadata?: Reach; metadataHere?: boolean; rules?: { host: boolean; metadata: boolean } },
    string[],
    boolean,
  ]
>([
  ["closed and tried", { host: "silent", metadata: "silent", metadataHere: true }, ["✓", "✓"], true],
  ["open to this host", { host: "reached", metadata: "silent", metadataHere: true }, ["✗", "✓"], false],
  [
    "a no is an answer too: the host was reached",
    { host: "refused", metadata: "silent", metadataHere: true },
    ["✗", "✓"],
    false,
  ],
  [
    "open to the metadata address",
    { host: "silent", metadata: "reached", metadataHere: true },
    ["✓", "✗"],
    false,
  ],
  [
    "nothing there to reach, and no rule",
    { host: "silent", metadata: "silent", rules: { host: false, metadata: false } },
    ["✓", "!"],
    true,
  ],
  [
    "nothing there to reach, with the rule",
    { host: "silent", metadata: "silent", rules: { host: true, metadata: true } },
    ["✓", "✓"],
    true,
  ],
  ["not tried, the rules are seen", { rules: { host: true, metadata: true } }, ["✓", "✓"], true],
  ["not tried, no rules", { rules: { host: false, metadata: false } }, ["✗", "✗"], false],
  ["neither tried nor seen is not safe", {}, ["✗", "✗"], false],
])("firewall: %s", (_sentence, facts, signs, sound) => {
  const findings = judgeFirewall({
    bridge: "br-berth",
    host: undefined,
    metadata: undefined,
    metadataHere: false,
    rules: undefined,
    ...facts,
  });
  expect(findings.map((finding) => line(finding)[0])).toEqual(signs);
  expect(soundForSudo(findings)).toBe(sound);
});

test("builds that reach each other are something to consider", () => {
  expect(troubles([judgeNeighbours(false)])).toEqual([]);
  expect(troubles([judgeNeighbours(true)])).toEqual([expect.stringMatching(/^! builds: .*"icc": false/s)]);
});

test("the gateway of a container is read from its routes", () => {
  expect(
    gatewayIn(
      "Iface\tDestination\tGateway\tFlags\neth0\t00000000\t010011AC\t0003\neth0\t000011AC\t00000000\t0001\n",
    ),
  ).toBe("172.17.0.1");
  expect(() => gatewayIn("Iface\tDestination\tGateway\n")).toThrow(/no way out/);
});

const ports = {
  bind: "0.0.0.0",
  pool: { first: 22000, last: 22009 },
  addresses: ["192.0.2.7", "127.0.0.1"],
  taken: [],
  outgoing: { first: 32768, last: 60999 },
};

test.each<[string, object, RegExp | undefined]>([
  ["a pool that is free", {}, undefined],
  ["one address of this machine", { bind: "192.0.2.7" }, undefined],
  [
    "an address of another machine",
    { bind: "192.0.2.8" },
    /^✗ .*not an address of this machine.*192\.0\.2\.7/s,
  ],
  ["only this machine", { bind: "127.0.0.1" }, /^! .*nobody in/],
  ["some are taken", { taken: [22000, 22004] }, /^! .*22000, 22004 of 22000-22009/],
  ["all are taken", { taken: Array.from({ length: 10 }, (_, i) => 22000 + i) }, /^✗ .*every port/],
  [
    "the kernel gives them away",
    { outgoing: { first: 20000, last: 60999 } },
    /^! .*by chance.*ip_local_reserved_ports = 22000-22009/s,
  ],
])("SSH ports: %s", (_sentence, more, words) => {
  expect(troubles(judgePorts({ ...ports, ...more }))).toEqual(words ? [expect.stringMatching(words)] : []);
});

test.each([
  [50, "✓"],
  [14, "!"],
  [4, "✗"],
])("a disk with %d %% free is %s", (percent, sign) => {
  const finding = judgeDisk(
    "members' files",
    { place: "/srv/berth", freeBytes: percent * 2 ** 30, totalBytes: 100 * 2 ** 30 },
    { builds_wait_below_pct: 15, refuse_below_pct: 5 },
  );
  expect(line(finding)[0]).toBe(sign);
});

const said = (output: string, exitCode = 0) => ({ exitCode, output });
test.each<[string, Parameters<typeof judgeClock>, string]>([
  ["systemd keeps it", [said("yes\n"), undefined, undefined], "✓"],
  [
    "chrony keeps it",
    [
      said("no\n"),
      said("A29FC87B,162.159.200.123,4,1767600000.1,0.0001,0,0,0,0,0,0,0,64,Normal\n"),
      undefined,
    ],
    "✓",
  ],
  ["nobody keeps it", [said("no\n"), undefined, undefined], "!"],
  [
    "chrony lost its source",
    [undefined, said("00000000,,0,0,0,0,0,0,0,0,1,1,0,Not synchronised\n"), undefined],
    "!",
  ],
  ["nobody can tell", [said("System has not been booted with systemd", 1), undefined, undefined], "!"],
])("clock: %s", (_sentence, answers, sign) => {
  expect(judgeClock(...answers).map((finding) => line(finding)[0])).toEqual([sign]);
});

const postgres = {
  reachable: true as const,
  version: 170_002,
  apartMs: 0,
  btreeGist: "available" as const,
  mayCreate: true,
};
test.each<[string, Parameters<typeof judgePostgres>[0], RegExp | undefined]>([
  ["one that serves", postgres, undefined],
  ["one where the extension is made already", { ...postgres, btreeGist: "made" }, undefined],
  ["none", { reachable: false, because: "connect ECONNREFUSED" }, /^✗ .*ECONNREFUSED.*DATABASE_URL/s],
  ["an old one", { ...postgres, version: 140_011 }, /^✗ .*Postgres 14 is too old/],
  ["a clock that is off", { ...postgres, apartMs: 6200 }, /^✗ .*6\.2 s apart/],
  ["a clock that begins to be off", { ...postgres, apartMs: 2000 }, /^! .*2 s apart/],
  [
    "one without the extension",
    { ...postgres, btreeGist: "missing" },
    /^✗ .*btree_gist.*postgresql-contrib/s,
  ],
  ["one that is not the user's", { ...postgres, mayCreate: false }, /^✗ .*may not make tables/],
])("Postgres: %s", (_sentence, facts, words) => {
  expect(troubles(judgePostgres(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});

const slack = {
  bot: { ok: true as const, team: "Harbour Lab", botName: "berth" },
  missingScopes: [],
  socket: { ok: true as const },
};
test.each<[string, Parameters<typeof judgeSlack>[0], RegExp | undefined]>([
  ["both tokens are good", slack, undefined],
  ["requests come by HTTPS", { ...slack, socket: undefined }, undefined],
  [
    "a token that is none any more",
    { ...slack, bot: { ok: false, error: "invalid_auth" } },
    /^✗ .*invalid_auth.*SLACK_BOT_TOKEN: copy it again/s,
  ],
  ["no way to Slack", { ...slack, bot: { ok: false, error: "ENOTFOUND" } }, /^✗ .*ENOTFOUND.*curl/s],
  [
    "scopes that are missing",
    { ...slack, missingScopes: ["pins:write", "files:write"] },
    /^✗ .*lacks pins:write, files:write.*reinstall/s,
  ],
  ["scopes that are not told", { ...slack, missingScopes: undefined }, /^! .*did not tell/],
  [
    "the wrong kind of app token",
    { ...slack, socket: { ok: false, error: "not_allowed_token_type" } },
    /^✗ .*begins with xapp-/s,
  ],
])("Slack: %s", (_sentence, facts, words) => {
  expect(troubles(judgeSlack(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});

const all = { processes: true, controlGroup: true, network: true, terminals: true };
test.each<[string, Parameters<typeof judgeSignals>[0], RegExp | undefined]>([
  ["all can be read", all, undefined],
  ["one can't", { ...all, terminals: false }, /^! .*Not readable of a container: typed input/],
  ["processes are not seen", { ...all, processes: false, network: false }, /^! .*pid: host/s],
])("signals: %s", (_sentence, facts, words) => {
  expect(troubles(judgeSignals(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});

test.each([
  ["v2", "0::/berth/0123\n", ["/cg/berth/0123/memory.current"]],
  [
    "v1",
    "5:memory:/berth/0123\n4:cpu,cpuacct:/berth/0123\n",
    ["/cg/memory/berth/0123/memory.usage_in_bytes"],
  ],
])("control groups %s", (_version, text, files) => {
  expect(controlGroupFiles(text, "/cg")).toEqual(files);
});

const patient = {
  sleep: (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((done) => signal?.addEventListener("abort", () => done())),
};

test("every finding is printed as it is made, with its command below, and a sum at the end", async () => {
  const printed: string[] = [];
  const findings = await runDoctor(
    [
      { what: "a", run: async () => [ok("a", "Good."), warning("a", "So-so.", "mend --it")] },
      { what: "b", run: async () => Promise.reject(new Error("no such file")) },
    ],
    { clock: patient, print: (text) => printed.push(text) },
  );
  expect(printed).toEqual([
    "✓ a: Good.",
    "! a: So-so.\n      mend --it",
    "✗ b: It could not be looked at: no such file\n      Mend that, then run berth doctor again.",
    "1 thing is wrong; 1 to consider.",
  ]);
  expect(exitCodeOf(findings)).toBe(1);
});

test("a check that hangs is a finding, and those after it are made", async () => {
  const findings = await runDoctor(
    [
      { what: "a", run: () => new Promise(() => undefined) },
      { what: "b", run: async () => [ok("b", "Good.")] },
    ],
    { clock: { sleep: async () => undefined }, print: () => undefined },
  );
  expect(findings.map(({ what, level }) => [what, level])).toContainEqual(["a", "fault"]);
});

test("a check that root in containers needs and that can't be made keeps them from being root", async () => {
  const fine = { what: "a", forSudo: true as const, run: async () => forSudo([ok("a", "Good.")]) };
  const broken = {
    what: "b",
    forSudo: true as const,
    run: async () => Promise.reject(new Error("no engine")),
  };
  const told = { clock: patient, print: () => undefined };
  expect(soundForSudo(await runDoctor([fine], told))).toBe(true);
  expect(soundForSudo(await runDoctor([fine, broken], told))).toBe(false);
});

test("warnings alone let the doctor end well", () => {
  expect(exitCodeOf([ok("a", "Good."), warning("a", "So-so.", "x")])).toBe(0);
});

test.each<[string, Finding[], boolean]>([
  ["all that it needs is in order", forSudo([ok("a", "Good."), warning("b", "So-so.", "x")]), true],
  ["one is not", [...forSudo([ok("a", "Good.")]), ...forSudo([fault("b", "Bad.", "x")])], false],
  [
    "a fault elsewhere does not matter to it",
    [...forSudo([ok("a", "Good.")]), fault("b", "Bad.", "x")],
    true,
  ],
  ["nothing was looked at", [ok("a", "Good.")], false],
])("root in containers: %s", (_sentence, findings, sound) => {
  expect(soundForSudo(findings)).toBe(sound);
});
