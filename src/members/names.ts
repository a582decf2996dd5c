/** The one pattern of handles and projects: it stands in engine names, host names, paths and SSH aliases. */
const pattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/** The nearest name the pattern allows; empty if nothing is left of it. */
export function suggestName(text: string, most: number): string {
  return text
    .normalize("NFKD")
    .replace(/[\u0300-\u036f]/g, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^[^a-z]+/, "")
    .slice(0, most)
    .replace(/-+$/, "");
}

export function isName(text: string, most: number): boolean {
  return pattern.test(text) && text.length <= most;
}
