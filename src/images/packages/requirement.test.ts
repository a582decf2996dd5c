import { expect, test } from "vitest";
import { readRequirement, writeRequirement } from "./requirement.ts";

function read(line: string): string {
  const found = readRequirement(line);
  return "requirement" in found ? writeRequirement(found.requirement) : `refused: ${found.wrong.sentence}`;
}

// The lines that PEP 508 itself is tested with; what it calls equal is written in one form here.
test.each([
  ["A", "a"],
  ["A.B-C_D", "a-b-c-d"],
  ["aa", "aa"],
  ["name", "name"],
  ["name<=1", "name<=1"],
  ["name>=3", "name>=3"],
  ["name>=3,<2", "name>=3,<2"],
  ["name [fred,bar] >=1", "name[bar,fred]>=1"],
  [
    "name[quux, strange];python_version<'2.7' and platform_version=='2'",
    'name[quux,strange]; python_version < "2.7" and platform_version == "2"',
  ],
  ["name; os_name=='a' or os_name=='b'", 'name; os_name == "a" or os_name == "b"'],
  [
    "name; os_name=='a' and os_name=='b' or os_name=='c'",
    'name; os_name == "a" and os_name == "b" or os_name == "c"',
  ],
  [
    "name; os_name=='a' and (os_name=='b' or os_name=='c')",
    'name; os_name == "a" and (os_name == "b" or os_name == "c")',
  ],
  [
    "name; os_name=='a' or os_name=='b' and os_name=='c'",
    'name; os_name == "a" or os_name == "b" and os_name == "c"',
  ],
  [
    "name; (os_name=='a' or os_name=='b') and os_name=='c'",
    'name; (os_name == "a" or os_name == "b") and os_name == "c"',
  ],
  [
    'requests [security,tests] >= 2.8.1, == 2.8.* ; python_version < "2.7"',
    'requests[security,tests]>=2.8.1,==2.8.*; python_version < "2.7"',
  ],
  [
    "pip @ https://github.com/pypa/pip/archive/1.3.1.zip#sha1=da9234ee9982d4bbb3c72346a6de940a148ea686",
    "pip @ https://github.com/pypa/pip/archive/1.3.1.zip#sha1=da9234ee9982d4bbb3c72346a6de940a148ea686",
  ],
  [
    "name [fred,bar] @ https://foo.com/x.whl ; python_version=='2.7'",
    'name[bar,fred] @ https://foo.com/x.whl ; python_version == "2.7"',
  ],
  ["name (>=1,<2)", "name>=1,<2"],
  ["name()", "name"],
  ["name[]", "name"],
  ["name; 'linux' in sys_platform", 'name; "linux" in sys_platform'],
  ["name; sys_platform not in 'win32, cygwin'", 'name; sys_platform not in "win32, cygwin"'],
  ["name; python_implementation == 'CPython'", 'name; platform_python_implementation == "CPython"'],
])("%s is read", (line, written) => {
  expect(read(line)).toBe(written);
});

// Versions that PEP 440 shows.
test.each([
  "~=2.2",
  "~=1.4.5a4",
  "~=2.2.post3",
  "~=2.2.0",
  "==1.1",
  "==1.1.*",
  "==1.1.post1",
  "!=1.1.post1",
  "!=1.1.*",
  ">1.7",
  ">1.7.post2",
  "<=1.0rc1",
  "==1!1.0",
  "==1.0+abc.7",
  "==1.0.dev3",
  "==v1.0",
  "===foobar",
  "~=0.9,>=1.0,!=1.3.4.*,<2.0",
])("the version %s is one", (version) => {
  expect(read(`name${version}`)).toBe(`name${version}`);
});

test.each([
  ["~=1", /Give two parts/],
  [">=1.0.*", /Leave out the star: name>=1\.0\./],
  [">=1.0+local", /Write name/],
  ["==1.0.x", /Write name/],
  ["==1.0.dev1.*", /Write name/],
  ["=1.0", /Write name==1\.0\./],
  ["=1.26.4=py312", /Write name==1\.26\.4\./],
  ["^1.2", /Write name~=1\.2\./],
  ["~1.2", /Write name~=1\.2\./],
  ["=>1", /Write name>=1\./],
  [" 1.2", /Write name==1\.2\./],
  [">=1 <2", /comma between/],
  [">=1,", /comma too many/],
  [" other", /one package a line/],
  ["==1.0\n", /Write name|.*/],
])("the version %j is none, and the hint says what to write", (version, instead) => {
  const found = readRequirement(`name${version}`);
  if (version.endsWith("\n")) expect(found).toHaveProperty("requirement");
  else expect(found).toMatchObject({ wrong: { instead: expect.stringMatching(instead) } });
});

test.each([
  ["name;", /ends too early/],
  ["name; foo", /nothing a condition can ask/],
  ["name; os_name", /ends too early/],
  ["name; os_name == 'a' os_name", /goes on/],
  ["name; (os_name == 'a'", /not closed/],
  ["name; os_name == 'a' and", /ends too early/],
  ["name; os_name 'a'", /comparison/],
  ["name; os_name == 'a\"", /can't be read/],
  ["name; os_name == ' --pre'", /can't be compared with/],
  ["name; os_name == 'a # b'", /can't be compared with/],
  [`name; ${"(".repeat(30)}os_name == 'a'${")".repeat(30)}`, /too many parentheses/],
  ["[extra]", /begins with a package's name/],
  ["name[a", /not closed/],
  ["name[-a]", /name of an extra/],
  ["-name", /begins with a package's name/],
  ["name @ http://foo.com/x.whl", /https addresses only/],
  ["name @ https://user:secret@foo.com/x.whl", /name or a password/],
  ["name @ https://foo.com", /names no file/],
  ["name @ https://foo.com/x.whl --hash=a", /only a condition/],
])("%s is refused: %s", (line, sentence) => {
  expect(readRequirement(line)).toMatchObject({ wrong: { sentence: expect.stringMatching(sentence) } });
});
