/** `NVIDIA A100-SXM4-40GB` is what somebody means who writes `a100`, `A100-SXM4` or `nvidia a100`. */
export function isModel(model: string, word: string): boolean {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, "");
  return plain(word) !== "" && plain(model).includes(plain(word));
}
