import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { controlGroupFiles, judgeSignals } from "./signals.ts";

const all = { processes: true, controlGroup: true, network: true, terminals: true };
test.each<[string, Parameters<typeof judgeSignals>[0], RegExp | undefined]>([
  ["all can be read", all, undefined],
  ["one can't", { ...all, terminals: false }, /^! .*Not readable of a container: typed input/],
  ["processes are not seen", { ...all, processes: false, network: false }, /^! .*pid: host/s],
])("signals: %s", (_sentence, facts, words) => {
  expect(troubles(judgeSignals(facts))).toEqual(words ? [expect.stringMatching(words)] : []);
});

test.each([
  ["v2", "0::/berth/0123\n", ["/cg/berth/0123/memory.current"]],
  [
    "v1",
    "5:memory:/berth/0123\n4:cpu,cpuacct:/berth/0123\n",
    ["/cg/memory/berth/0123/memory.usage_in_bytes"],
  ],
])("control groups %s", (_version, text, files) => {
  expect(controlGroupFiles(text, "/cg")).toEqual(files);
});
