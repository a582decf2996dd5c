import { typed } from "./typed.ts";

/**
 * The words a person typed, as a shell would part them: spaces part, quotes keep together, a backslash keeps the next
 * character. Slack's and phones' typing helpers are undone: curly quotes are quotes, a dash that begins a word is `--`.
 * A quote that is not closed ends with the text.
 */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  const letters = [
    ...typed(text)
      .replace(/[“”„«»]/g, '"')
      .replace(/[‘’‚]/g, "'")
      .replace(/(^|\s)[—–](?=[a-z])/gi, "$1--"),
  ];
  for (let i = 0; i < letters.length; i++) {
    const letter = letters[i] as string;
    if (letter === "\\" && quote !== "'" && i + 1 < letters.length) word = (word ?? "") + letters[++i];
    else if (quote !== undefined && letter === quote) quote = undefined;
    // An apostrophe inside a word is a letter: ana's
    else if (quote === undefined && (letter === '"' || (letter === "'" && word === undefined))) {
      quote = letter;
      word ??= "";
    } else if (quote === undefined && /\s/.test(letter)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (word !== undefined) words.push(word);
  return words;
}
