import { createHash } from "node:crypto";

/** `SHA256:…`, as ssh and ssh-keygen print it, of `ssh-ed25519 AAAA…` or of the base64 part alone. */
export function fingerprintOf(publicKey: string): string {
  const body = publicKey.trim().split(" ")[1] ?? publicKey;
  return `SHA256:${createHash("sha256").update(Buffer.from(body, "base64")).digest("base64").replace(/=+$/, "")}`;
}
