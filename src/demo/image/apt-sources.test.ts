import { expect, test } from "vitest";
import { fromLines, fromStanzas, ofDistribution } from "./apt-sources.ts";

test("a stanza becomes a line for each address and suite, with its key if that is one file", () => {
  const text = `# comment
Types: deb deb-src
URIs: http://mirror.example.org/debian
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.pgp

Types: deb
URIs: http://mirror.example.org/security
Suites: trixie-security
Components: main contrib
Enabled: no

Types: deb
URIs: http://mirror.example.org/ubuntu
Suites: noble
Components: main
 universe
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
`;
  expect(fromStanzas(text)).toEqual([
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] http://mirror.example.org/debian trixie main",
    "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.pgp] http://mirror.example.org/debian trixie-updates main",
    "deb http://mirror.example.org/ubuntu noble main universe",
  ]);
});

test("of the one-line format only binary packages are taken, without comments", () => {
  expect(
    fromLines(
      "deb http://a.example.org noble main # mine\ndeb-src http://a.example.org noble main\n#deb x y z",
    ),
  ).toEqual(["deb http://a.example.org noble main"]);
});

test("only the distribution's own suites: no other repository, no backports, no other release", () => {
  const own = [
    "deb [arch=amd64] http://a.example.org noble main universe",
    "deb http://a.example.org noble-security main",
  ];
  const others = [
    "deb http://a.example.org noble-backports main",
    "deb http://a.example.org jammy main",
    "deb [signed-by=/etc/apt/keyrings/x.asc] https://b.example.org noble stable",
  ];
  expect(ofDistribution([...own, ...others], "noble")).toEqual(own);
});
