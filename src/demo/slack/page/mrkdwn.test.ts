import { expect, test } from "vitest";
import { type Inline, readInline, readMrkdwn } from "./mrkdwn.js";

/** The tree as a short text: `bold[x]`. */
function short(nodes: Inline[]): string {
  return nodes
    .map((node) => {
      switch (node.kind) {
        case "text":
          return node.text;
        case "break":
          return "/";
        case "emoji":
          return `emoji[${node.name}]`;
        case "link":
          return `link[${node.href} ${node.label}]`;
        case "user":
        case "channel":
          return `${node.kind}[${node.id}]`;
        case "group":
          return `group[${node.label}]`;
        case "broadcast":
          return `all[${node.name}]`;
        case "date":
          return `date[${node.unixSeconds} ${node.format}|${node.fallback}]`;
        default:
          return `${node.kind}[${short(node.children)}]`;
      }
    })
    .join("");
}

test.each([
  ["*bold* and _it_ and ~gone~", "bold[bold] and italic[it] and strike[gone]"],
  ["*_both_*", "bold[italic[both]]"],
  ["2*3*4 snake_case_name a~b~c", "2*3*4 snake_case_name a~b~c"],
  ["* not a list* _", "* not a list* _"],
  ["*one* *two*", "bold[one] bold[two]"],
  ["`a *b* <x>` *c*", "code[a *b* <x>] bold[c]"],
  ["*a `*` b*", "bold[a code[*] b]"],
  ["``", "``"],
  ["&lt;b&gt; &amp;amp;", "<b> &amp;"],
  [
    "<@U0ANA> <@U0ANA|ana> <#C0GPU|gpu> <!here> <!subteam^S1|@admins>",
    "user[U0ANA] user[U0ANA] channel[C0GPU] all[here] group[@admins]",
  ],
  ["<https://example.org/a&amp;b|the _page_>", "link[https://example.org/a&b the _page_]"],
  ["<mailto:ana@example.org>", "link[mailto:ana@example.org ana@example.org]"],
  ["see https://example.org/x.", "see link[https://example.org/x https://example.org/x]."],
  ["<!date^1700000000^{date} at {time}^https://example.org|then>", "date[1700000000 {date} at {time}|then]"],
  ["a < b, <not closed", "a < b, <not closed"],
  ["<strange>", "<strange>"],
  [":fire: :no_such: 12:30:45", "emoji[fire] emoji[no_such] 12emoji[30]45"],
])("%s", (written, read) => {
  expect(short(readInline(written))).toBe(read);
});

test("lines, quotes and fences are parts of their own", () => {
  const parts = readMrkdwn("first\nsecond\n> quoted\n&gt; more\nafter\n```\nx &lt; y\n  z\n```\nend");
  expect(parts.map((part) => `${part.kind}: ${short(part.children)}`)).toEqual([
    "paragraph: first/second",
    "quote: quoted/more",
    "paragraph: after",
    "preformatted: x < y\n  z",
    "paragraph: end",
  ]);
});

test("three angles quote all that follows", () => {
  const parts = readMrkdwn("a\n>>> b\nc\n> d");
  expect(parts.map((part) => `${part.kind}: ${short(part.children)}`)).toEqual([
    "paragraph: a",
    "quote: b/c/> d",
  ]);
});

test("a fence without an end is text, and no style crosses a line", () => {
  expect(readMrkdwn("``` open").map((part) => part.kind)).toEqual(["paragraph"]);
  expect(short(readMrkdwn("*a\nb*")[0]?.children ?? [])).toBe("*a/b*");
});
