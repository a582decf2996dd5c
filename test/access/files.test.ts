import { execFile } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ensureHostKey } from "../../src/access/host-key.ts";
import { parsePublicKey } from "../../src/access/keys.ts";
import { writeKeys } from "../../src/access/keys-file.ts";
import { writeScripts } from "../../src/access/scripts.ts";

const run = promisify(execFile);

describe("access's files in the state directory", () => {
  let state: string;
  beforeEach(async () => {
    state = await mkdtemp(join(tmpdir(), "berth-state-"));
  });
  afterEach(() => rm(state, { recursive: true }));

  const mode = async (path: string) => ((await stat(join(state, path))).mode & 0o777).toString(8);

  test("a project's host key is made once, whoever asks at the same time", async () => {
    const asked = await Promise.all(Array.from({ length: 6 }, () => ensureHostKey(state, 7)));
    expect(new Set(asked.map(({ publicKey }) => publicKey)).size).toBe(1);
    expect(await ensureHostKey(state, 7)).toEqual(asked[0]);
    expect((await ensureHostKey(state, 8)).publicKey).not.toBe(asked[0]?.publicKey);
    expect(await readdir(join(state, "host-keys"))).toEqual(["7", "8"]);
  });

  test("its private half is for root alone, also after somebody opened it", async () => {
    const { publicKey, fingerprint } = await ensureHostKey(state, 7);
    const path = "host-keys/7/ssh_host_ed25519_key";
    expect(await mode(path)).toBe("600");
    await chmod(join(state, path), 0o640);
    await ensureHostKey(state, 7);
    expect(await mode(path)).toBe("600");
    const { stdout } = await run("ssh-keygen", ["-lf", join(state, path)]);
    expect(stdout).toContain(fingerprint);
    expect(publicKey).toMatch(/^ssh-ed25519 [A-Za-z0-9+/]+$/);
  });

  test("a lost public half is made from the private one", async () => {
    const before = await ensureHostKey(state, 7);
    await rm(join(state, "host-keys/7/ssh_host_ed25519_key.pub"));
    expect(await ensureHostKey(state, 7)).toEqual(before);
  });

  test("a broken host key is an error, never silently another one", async () => {
    await ensureHostKey(state, 7);
    await writeFile(join(state, "host-keys/7/ssh_host_ed25519_key"), "nonsense");
    await rm(join(state, "host-keys/7/ssh_host_ed25519_key.pub"));
    await expect(ensureHostKey(state, 7)).rejects.toThrow();
  });

  test("a member's keys are a file that sshd accepts, replaced whole, in a directory that stays", async () => {
    const key = { type: "ssh-ed25519", body: "AAAA", comment: "two\nlines" };
    await writeKeys(state, 3, [key]);
    const directory = (await stat(join(state, "keys/3"))).ino;
    const file = (await stat(join(state, "keys/3/authorized_keys"))).ino;
    expect(await readFile(join(state, "keys/3/authorized_keys"), "utf8")).toBe(
      "ssh-ed25519 AAAA two lines\n",
    );
    await writeKeys(state, 3, []);
    expect(await readFile(join(state, "keys/3/authorized_keys"), "utf8")).toBe("");
    expect((await stat(join(state, "keys/3"))).ino).toBe(directory);
    expect((await stat(join(state, "keys/3/authorized_keys"))).ino).not.toBe(file);
    expect(await readdir(join(state, "keys/3"))).toEqual(["authorized_keys"]);
    expect([await mode("keys/3"), await mode("keys/3/authorized_keys")]).toEqual(["755", "644"]);
  });

  test("the scripts are written whole, again and again", async () => {
    await writeScripts(state);
    await writeScripts(state);
    expect(await readdir(join(state, "scripts"))).toEqual([
      "before-stop.sh",
      "end-sessions.sh",
      "entry.sh",
      "installed.sh",
      "notice.sh",
    ]);
    expect(await mode("scripts/entry.sh")).toBe("755");
    for (const name of await readdir(join(state, "scripts")))
      await run("dash", ["-n", join(state, "scripts", name)]);
  });

  test.each([
    ["ed25519", []],
    ["ecdsa", ["-b", "256"]],
    ["ecdsa", ["-b", "384"]],
    ["ecdsa", ["-b", "521"]],
    ["rsa", ["-b", "3072"]],
    ["rsa", ["-b", "4096"]],
  ])("a real %s key %s is taken, with the fingerprint ssh-keygen tells", async (type, bits) => {
    const file = join(state, "id");
    await run("ssh-keygen", ["-q", "-t", type, ...bits, "-N", "", "-C", "ana laptop", "-f", file]);
    const line = await readFile(`${file}.pub`, "utf8");
    const { stdout } = await run("ssh-keygen", ["-lf", `${file}.pub`]);
    const parsed = parsePublicKey(line);
    expect(stdout).toContain(` ${parsed.fingerprint} `);
    expect(`${parsed.type} ${parsed.body} ${parsed.comment}\n`).toBe(line);
  });

  test.each([
    ["a short RSA key", "2048"],
    ["one just too short", "3064"],
  ])("%s is refused with its size", async (_what, bits) => {
    const file = join(state, "id");
    await run("ssh-keygen", ["-q", "-t", "rsa", "-b", bits, "-N", "", "-f", file]);
    const line = await readFile(`${file}.pub`, "utf8");
    const { stdout } = await run("ssh-keygen", ["-lf", `${file}.pub`]);
    expect(() => parsePublicKey(line)).toThrow(`has ${stdout.split(" ")[0]} bits`);
  });

  test("a certificate is refused as what it is", async () => {
    const [ca, id] = [join(state, "ca"), join(state, "id")];
    for (const file of [ca, id]) await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
    await run("ssh-keygen", ["-q", "-s", ca, "-I", "ana", `${id}.pub`]);
    const line = await readFile(`${id}-cert.pub`, "utf8");
    expect(() => parsePublicKey(line)).toThrow("certificate");
    const privateHalf = await readFile(id, "utf8");
    expect(() => parsePublicKey(privateHalf)).toThrow("private half");
  });
});
