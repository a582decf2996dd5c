/** `2.8.0-aime` as a catalogue's row writes it: numbers, `a` of an early release such as `1.14.0a`, the variant behind the dash. */
export type Version = { numbers: number[]; early: string; variant: string };

export function readVersion(text: string): Version {
  const [, digits = "", early = "", variant = ""] =
    /^(\d+(?:\.\d+)*)([a-z]\w*)?(?:-(.+))?$/.exec(text.trim().toLowerCase()) ?? [];
  if (digits === "") return { numbers: [], early: text.trim().toLowerCase(), variant: "" };
  return { numbers: digits.split(".").map(Number), early, variant };
}

/** For a list with the newest first: above 0 if `a` is the older one. Of one release, the plain one before its variants. */
export function newestFirst(a: Version, b: Version): number {
  return (
    olderBy(a.numbers, b.numbers) || earlier(a, b) || Number(a.variant !== "") - Number(b.variant !== "")
  );
}

/**
 * Whether somebody who typed `wish` may mean this version: `2.8` is 2.8.0 and 2.8.1, not 2.80; `2.8-aime` only their variants
 * called aime; without a variant any.
 */
export function isMeantBy(version: Version, wish: Version): boolean {
  if (wish.numbers.length === 0) return version.numbers.length === 0 && version.early === wish.early;
  if (wish.variant !== "" && version.variant !== wish.variant) return false;
  if (wish.early !== "" && version.early !== wish.early) return false;
  return wish.numbers.every((number, i) => version.numbers[i] === number);
}

/** Whether dotted numbers, such as a driver's `550.127.05`, are at least those. */
export function atLeastVersion(have: string, needed: string): boolean {
  return olderBy(have.split(".").map(Number), needed.split(".").map(Number)) <= 0;
}

function earlier(a: Version, b: Version): number {
  if (a.early === b.early) return 0;
  if (a.early === "" || b.early === "") return a.early === "" ? -1 : 1;
  return a.early < b.early ? 1 : -1;
}

function olderBy(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    const difference = (b[i] ?? 0) - (a[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
