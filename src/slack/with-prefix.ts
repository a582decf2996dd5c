/** Other rooms name commands as they are declared; here they get what stands before them in this workspace. */
export function withPrefix(text: string, prefix: string): string {
  return prefix === ""
    ? text
    : text.replace(/(^|[\s(“`])\/(?=(image|container|gpu|limits|ssh-key|berth)\b)/g, `$1/${prefix}`);
}
