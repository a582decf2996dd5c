import { expect, test } from "vitest";
import { at, clipped, code, link, mention, mrkdwn, plain, sentence } from "./mrkdwn.ts";

test("what people and machines say can't become markup", () => {
  expect(mrkdwn`*${plain("<!channel> & <@U1>")}*`).toBe("*&lt;!channel&gt; &amp; &lt;@U1&gt;*");
});

test("unescaped text does not compile", () => {
  const name: string = "<!here>";
  // @ts-expect-error a string is not markup
  mrkdwn`hello ${name}`;
});

test("a backtick can't end what is to be read letter by letter", () => {
  expect(code("a`b` <c>")).toBe("`a'b' &lt;c&gt;`");
});

test("an instant is the reader's own time, in words where Slack can't show it", () => {
  expect(at(new Date("2026-11-24T17:00:00.900Z"))).toBe(
    "<!date^1795539600^{date_short_pretty} {time}|2026-11-24 17:00 UTC>",
  );
});

test("a sentence keeps its instants and loses its markup", () => {
  expect(sentence("until ⟦1795539600⟧ <b>")).toBe(
    "until <!date^1795539600^{date_short_pretty} {time}|2026-11-24 17:00 UTC> &lt;b&gt;",
  );
});

test("nobody but a user can be mentioned", () => {
  expect(mention("U1><!channel>")).toBe("<@U1>");
});

test("an address can't smuggle a label in", () => {
  expect(link("https://a.example/?x=1|y>", "a|b")).toBe("<https://a.example/?x=1%7Cy&gt;|a|b>");
});

test.each([
  ["short text stays", "abc", 3, "abc"],
  ["long text ends with an ellipsis", "abcdef", 4, "abc…"],
  ["an entity is not cut in two", "ab&amp;cd", 5, "ab…"],
  ["a link is not cut in two", "ab<https://x|y> cd", 8, "ab…"],
])("%s", (_sentence, text, most, wanted) => {
  expect(clipped(text as ReturnType<typeof plain>, most)).toBe(wanted);
});
