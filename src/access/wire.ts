/** The fields of a base64 blob in SSH's wire format: each is four bytes of length and that many bytes. `undefined`: it isn't one. */
export function readWire(base64: string): Buffer[] | undefined {
  const blob = Buffer.from(base64, "base64");
  // Node forgives what is no base64; sshd does not.
  if (blob.length === 0 || blob.toString("base64").replace(/=+$/, "") !== base64.replace(/=+$/, ""))
    return undefined;
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Bits of a positive number in SSH's form, whose first byte is zero where the number would look negative; 0 if it is not one. */
export function bitsOf(number: Buffer): number {
  const first = number[0] === 0 ? 1 : 0;
  const highest = number[first];
  if (highest === undefined || highest === 0 || (first === 0 && highest >= 128)) return 0;
  return (number.length - first - 1) * 8 + (32 - Math.clz32(highest));
}
