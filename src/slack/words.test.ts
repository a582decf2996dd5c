import { expect, test } from "vitest";
import { wordsOf } from "./words.ts";

test.each([
  ["nothing", "", []],
  ["only spaces", "  \t ", []],
  ["words are parted by any white space", " vision  --gpus\t2\n", ["vision", "--gpus", "2"]],
  ["quotes keep together", "a \"b c\" 'd e'", ["a", "b c", "d e"]],
  ["an empty word can be quoted", 'a ""', ["a", ""]],
  ["curly quotes of a phone are quotes", "“b c”", ["b c"]],
  [
    "a long dash that begins a word is two short ones",
    "vision —gpus 2 –hours 3",
    ["vision", "--gpus", "2", "--hours", "3"],
  ],
  ["a dash between words stays", "a — b", ["a", "—", "b"]],
  ["an apostrophe inside a word is a letter", "ana's box", ["ana's", "box"]],
  ["a backslash keeps the next character", 'a\\ b \\"c', ["a b", '"c']],
  ["a quote that is not closed ends with the text", '"a b', ["a b"]],
  ["characters nobody can see are dropped", "a\u0000b \u202Ec", ["ab", "c"]],
  ["emoji are letters", "🚀 :rocket:", ["🚀", ":rocket:"]],
  ["shell signs mean nothing", "$(id) `id` ; | && > x", ["$(id)", "`id`", ";", "|", "&&", ">", "x"]],
])("%s", (_sentence, text, words) => {
  expect(wordsOf(text)).toEqual(words);
});
