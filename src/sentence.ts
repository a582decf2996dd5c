/**
 * Plain sentences for people, with instants in them. The middle rooms write such sentences (in refusals, notes, evidence)
 * and know nothing of Slack; whoever shows one replaces each instant with the reader's own time.
 */
export function when(instant: Date): string {
  return `⟦${Math.round(instant.getTime() / 1000)}⟧`;
}

/** The sentence with every instant replaced by what `show` makes of it. */
export function withInstants(sentence: string, show: (instant: Date) => string): string {
  return sentence.replace(/⟦(\d+)⟧/g, (_, seconds: string) => show(new Date(Number(seconds) * 1000)));
}

/** "ana, ben and chloe" */
export function listed(words: readonly string[], last = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}

/** As a sentence or a label begins. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** "1 GPU", "2 GPUs" */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** "412 GB", "0.4 GB", "12 MB": a GB is 1024³ bytes, as in the policy. */
export function gigabytes(bytes: number): string {
  const gib = bytes / 1024 ** 3;
  if (bytes > 0 && gib < 0.1) return `${Math.max(1, Math.round(gib * 1024))} MB`;
  return `${gib >= 10 ? Math.round(gib) : Number(gib.toFixed(1))} GB`;
}
