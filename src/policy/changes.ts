/** What is not the same in two files, by its dotted key: `groups.student.max_containers`, from 3 to 5. */
export type Change = { key: string; from: unknown; to: unknown };

/** Lists count as one value; a key that only one of them has is `undefined` in the other. */
export function changesBetween(before: unknown, after: unknown, key = ""): Change[] {
  if (isBlock(before) && isBlock(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((inner) =>
      changesBetween(before[inner], after[inner], key === "" ? inner : `${key}.${inner}`),
    );
  }
  return JSON.stringify(before) === JSON.stringify(after) ? [] : [{ key, from: before, to: after }];
}

/** "groups.student.max_containers 3 → 5; enrol ask → open", the first few. */
export function changesInWords(changes: readonly Change[], most = 8): string {
  const shown = changes.slice(0, most).map(({ key, from, to }) => `${key} ${short(from)} → ${short(to)}`);
  const more = changes.length > most ? [`and ${changes.length - most} more`] : [];
  return [...shown, ...more].join("; ");
}

function short(value: unknown): string {
  const text = value === undefined ? "nothing" : value === null ? "unlimited" : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

function isBlock(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
