/**
 * The generation of a GPU, as nvidia-smi names its model: `NVIDIA A100-SXM4-40GB` is ampere. Undefined where the name says
 * nothing that is known here.
 */
export function architectureOf(model: string): string | undefined {
  const words = model.replace(/\b(nvidia|geforce|tesla|quadro)\b/gi, " ");
  return families.find(([, names]) => names.test(words))?.[0];
}

/** Newest first, and those that say their generation before those of the same number that don't: RTX 6000 is Turing. */
const families: readonly [string, RegExp][] = [
  ["blackwell", /\bblackwell\b|\b(G?B[123]00|GB10)\b|\bRTX 50\d0\b/i],
  ["hopper", /\b(G?H[12]00|H800|H20|H100L?)\b/i],
  ["ada", /\bada\b|\b(L40S?|L4|L20|L2)\b|\bRTX 40\d0\b/i],
  ["ampere", /\b(A100X?|A800|A40|A30X?|A16|A10[GM]?|A2)\b|\bRTX A\d{3,4}\b|\bRTX 30\d0\b/i],
  ["turing", /\bT4G?\b|\bT\d{3,4}\b|\bRTX [3-8]000\b|\bRTX 20\d0\b|\bGTX 16\d0\b|\bTITAN RTX\b/i],
  ["volta", /\bV100S?\b|\bGV100\b|\bTITAN V\b/i],
  ["pascal", /\bP(4|6|40|100|\d{3,4})\b|\bGP100\b|\bGTX 10\d0\b|\bGT 10\d0\b|\bTITAN Xp?\b/i],
];

/** In the order they came; what a catalogue's rows are sorted and checked by. */
export const architectures: readonly string[] = families.map(([name]) => name).toReversed();
