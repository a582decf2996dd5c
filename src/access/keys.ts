import { Refusal } from "../errors.ts";
import { fingerprintOf } from "./fingerprint.ts";
import { bitsOf, readWire } from "./wire.ts";

/**
 * One public key as a member pastes it. Throws a Refusal that says what was pasted instead, and what to paste.
 * Taken: ed25519, ecdsa, RSA of at least 3072 bits, and the hardware kinds (sk-*).
 */
export function parsePublicKey(text: string): PublicKey {
  const pasted = text.trim();
  refuseWhatIsNoKeyLine(pasted);
  const [type = "", body = "", ...rest] = pasted.split(/[ \t]+/);
  refuseKind(type, pasted);
  const fields = fieldsOf(type, body);
  if (type === "ssh-rsa") refuseShortRsa(bitsOf(fields[2] ?? Buffer.alloc(0)));
  const comment = rest
    .join(" ")
    .replaceAll(/\p{Cc}/gu, "")
    .slice(0, 100);
  return { type, body, fingerprint: fingerprintOf(body), comment };
}

export type PublicKey = { type: string; body: string; fingerprint: string; comment: string };

const makeOne =
  "Make one with “ssh-keygen -t ed25519” and paste the one line of ~/.ssh/id_ed25519.pub; on Windows it is C:\\Users\\you\\.ssh\\id_ed25519.pub.";

const leastRsaBits = 3072;
const mostCharacters = 10_000;

function refuseWhatIsNoKeyLine(pasted: string): void {
  if (pasted === "") refuse("key-empty", "No key was given.");
  if (/PRIVATE KEY|PuTTY-User-Key-File/i.test(pasted)) {
    refuse(
      "key-private",
      "That is the private half of a key. It was not kept, but treat it as known to others: make a new key and stop using this one.",
    );
  }
  if (/BEGIN SSH2 PUBLIC KEY|BEGIN (RSA )?PUBLIC KEY/.test(pasted)) {
    refuse(
      "key-other-format",
      "That is a public key in another form than SSH's own line.",
      "Turn it into one line with “ssh-keygen -i -f <file>” (for PEM files add “-m PKCS8”) and paste that.",
    );
  }
  if (pasted.length > mostCharacters) refuse("key-too-long", "That is too long for a public key.");
  if (/[\r\n]/.test(pasted)) {
    refuse(
      "key-several-lines",
      "A public key is one line, and this is several.",
      "Paste one key at a time, as the one line it is in its .pub file.",
    );
  }
}

function refuseKind(type: string, pasted: string): void {
  if (Object.hasOwn(shapes, type)) return;
  if (/-cert-v\d\d@/.test(type)) {
    refuse(
      "key-certificate",
      "That is a certificate, not a key.",
      "Paste the key it was made for: the file without “-cert” in its name.",
    );
  }
  if (type === "ssh-dss") refuse("key-dsa", "That is a DSA key; SSH servers no longer take these.");
  const known = Object.keys(shapes).find(
    (kind) => pasted.includes(` ${kind} `) || pasted.includes(`,${kind} `),
  );
  if (known) {
    refuse(
      "key-options",
      "There is something in front of the key.",
      `Paste it from “${known}” on, without options such as “command=” or “from=”.`,
    );
  }
  refuse("key-unknown", "That is not an SSH public key.");
}

/** What comes after the type in SSH's wire format, with a test of each field. */
const shapes: Record<string, readonly ((field: Buffer) => boolean)[]> = {
  "ssh-ed25519": [bytes(32)],
  "ecdsa-sha2-nistp256": [is("nistp256"), point(32)],
  "ecdsa-sha2-nistp384": [is("nistp384"), point(48)],
  "ecdsa-sha2-nistp521": [is("nistp521"), point(66)],
  "ssh-rsa": [
    (exponent) => bitsOf(exponent) >= 2 && (exponent.at(-1) ?? 0) % 2 === 1,
    (modulus) => bitsOf(modulus) > 0 && bitsOf(modulus) <= 16_384,
  ],
  "sk-ssh-ed25519@openssh.com": [bytes(32), notEmpty],
  "sk-ecdsa-sha2-nistp256@openssh.com": [is("nistp256"), point(32), notEmpty],
};

/** The type is told twice, in front and inside; both must agree, and nothing may be missing or left over. */
function fieldsOf(type: string, body: string): Buffer[] {
  const fields = readWire(body);
  const tests = [is(type), ...(shapes[type] ?? [])];
  const right =
    fields?.length === tests.length && tests.every((test, index) => test(fields[index] as Buffer));
  if (!fields || !right)
    refuse("key-broken", "That key is not whole: some of it was lost or changed when it was copied.");
  return fields;
}

function refuseShortRsa(bits: number): void {
  if (bits < leastRsaBits)
    refuse("key-short-rsa", `That RSA key has ${bits} bits; at least ${leastRsaBits} are needed.`);
}

function refuse(reason: string, message: string, hint = makeOne): never {
  throw new Refusal(reason, message, { hint, field: "key" });
}

function bytes(count: number): (field: Buffer) => boolean {
  return (field) => field.length === count;
}

function is(text: string): (field: Buffer) => boolean {
  return (field) => field.toString("latin1") === text;
}

/** An uncompressed point of a curve: a 4, then both coordinates. */
function point(coordinateBytes: number): (field: Buffer) => boolean {
  return (field) => field.length === 1 + 2 * coordinateBytes && field[0] === 4;
}

function notEmpty(field: Buffer): boolean {
  return field.length > 0;
}
