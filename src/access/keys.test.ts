import { describe, expect, test } from "vitest";
import { Refusal } from "../errors.ts";
import { parsePublicKey } from "./keys.ts";

// Real keys from ssh-keygen (and hardware kinds put together by hand) are tried in test/access/files.test.ts and below.
const good = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEwIK0w5oGBa9NUcShJ9bFcZbUbNSmvt7cvmIFGXuDYt ana@laptop";
const body = good.split(" ")[1] ?? "";

function blob(...fields: (string | Buffer)[]): string {
  const parts = fields.map((field) => Buffer.from(field));
  return Buffer.concat(
    parts.flatMap((part) => [Buffer.from([0, 0, part.length >> 8, part.length & 255]), part]),
  ).toString("base64");
}

const point = Buffer.concat([Buffer.from([4]), Buffer.alloc(64, 7)]);
const modulus = (bytes: number) => Buffer.concat([Buffer.from([0]), Buffer.alloc(bytes, 0xab)]);

describe("a public key", () => {
  test.each([
    ["as it stands in its file", `${good}\n`, "ana@laptop"],
    ["without a comment", good.replace(" ana@laptop", ""), ""],
    ["with spaces around and tabs between", `  ${good.replaceAll(" ", "\t")}  `, "ana@laptop"],
    ["with a comment of several words", `${good} at home`, "ana@laptop at home"],
    ["with an escape in its comment", `${good}\u001b[2J`, "ana@laptop[2J"],
  ])("is taken %s", (_how, text, comment) => {
    expect(parsePublicKey(text)).toEqual({
      type: "ssh-ed25519",
      body,
      comment,
      fingerprint: "SHA256:9NI1043VQCooHnm48P2WflKVPQ6alGv3/Zd8Tr3eihc",
    });
  });

  test.each([
    ["sk-ssh-ed25519@openssh.com", blob("sk-ssh-ed25519@openssh.com", Buffer.alloc(32, 1), "ssh:")],
    [
      "sk-ecdsa-sha2-nistp256@openssh.com",
      blob("sk-ecdsa-sha2-nistp256@openssh.com", "nistp256", point, "ssh:"),
    ],
    ["ecdsa-sha2-nistp256", blob("ecdsa-sha2-nistp256", "nistp256", point)],
    ["ssh-rsa", blob("ssh-rsa", Buffer.from([1, 0, 1]), modulus(384))],
  ])("of the kind %s is taken", (type, inside) => {
    expect(parsePublicKey(`${type} ${inside} x`)).toMatchObject({ type, body: inside });
  });

  test.each([
    ["nothing", "  \n ", "key-empty"],
    ["words", "please add my key", "key-unknown"],
    ["a file's name", "~/.ssh/id_ed25519.pub", "key-unknown"],
    ["a fingerprint", "SHA256:9NI1043VQCooHnm48P2WflKVPQ6alGv3/Zd8Tr3eihc", "key-unknown"],
    [
      "a private key",
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXkt\n-----END OPENSSH PRIVATE KEY-----",
      "key-private",
    ],
    ["a private key on one line", "-----BEGIN RSA PRIVATE KEY----- MIIE", "key-private"],
    ["PuTTY's private file", "PuTTY-User-Key-File-3: ssh-ed25519\nEncryption: none", "key-private"],
    [
      "another form of a public key",
      "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----",
      "key-other-format",
    ],
    ["two keys", `${good}\n${good}`, "key-several-lines"],
    ["a key cut in two by a mail program", good.replace("IEwIK", "IEw\nIK"), "key-several-lines"],
    ["options in front", `no-pty,command="rm -rf /" ${good}`, "key-options"],
    ["an option without a space", `restrict ${good}`, "key-options"],
    ["DSA", `ssh-dss ${blob("ssh-dss", "a")} x`, "key-dsa"],
    [
      "a certificate",
      `ssh-ed25519-cert-v01@openssh.com ${blob("ssh-ed25519-cert-v01@openssh.com")}`,
      "key-certificate",
    ],
    ["one with its end missing", `ssh-ed25519 ${body.slice(0, -8)}`, "key-broken"],
    [
      "one with something after its end",
      `ssh-ed25519 ${blob("ssh-ed25519", Buffer.alloc(32), "more")}`,
      "key-broken",
    ],
    ["one that says two kinds", `ecdsa-sha2-nistp256 ${body}`, "key-broken"],
    [
      "one of another curve",
      `ecdsa-sha2-nistp256 ${blob("ecdsa-sha2-nistp256", "nistp384", point)}`,
      "key-broken",
    ],
    ["one that is no base64", "ssh-ed25519 %%%%", "key-broken"],
    ["a kind alone", "ssh-ed25519", "key-broken"],
    ["RSA with an even exponent", `ssh-rsa ${blob("ssh-rsa", Buffer.from([2]), modulus(384))}`, "key-broken"],
    [
      "RSA with a negative modulus",
      `ssh-rsa ${blob("ssh-rsa", Buffer.from([3]), Buffer.alloc(512, 0xff))}`,
      "key-broken",
    ],
    ["short RSA", `ssh-rsa ${blob("ssh-rsa", Buffer.from([1, 0, 1]), modulus(256))}`, "key-short-rsa"],
    [
      "RSA that only looks long",
      `ssh-rsa ${blob("ssh-rsa", Buffer.from([3]), Buffer.concat([Buffer.alloc(300), modulus(128)]))}`,
      "key-broken",
    ],
    ["an endless text", `ssh-ed25519 ${"A".repeat(20_000)}`, "key-too-long"],
    ["a prototype's name", "constructor AAAA", "key-unknown"],
  ])("is refused with words where it is %s", (_what, text, reason) => {
    try {
      parsePublicKey(text);
      expect.unreachable();
    } catch (refusal) {
      expect(refusal).toBeInstanceOf(Refusal);
      const { reason: told, message, hint, field } = refusal as Refusal;
      expect({ told, field }).toEqual({ told: reason, field: "key" });
      expect(message).toMatch(/^[A-Z].*\.$/);
      expect(hint).toMatch(/^[A-Z].*\.$/);
      // What was pasted is never said again: it may be a secret.
      if (reason === "key-private") expect(message + hint).not.toMatch(/MIIE|b3Bl/);
    }
  });
});
