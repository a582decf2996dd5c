import { expect, test } from "vitest";
import { line, soundForSudo } from "./doctor.ts";
import { gatewayIn, judgeFirewall, type Reach } from "./firewall.ts";

test.each<
  [
    string,
    { host?: Reach; metadata?: Reach; metadataHere?: boolean; rules?: { host: boolean; metadata: boolean } },
    string[],
    boolean,
  ]
>([
  ["closed and tried", { host: "silent", metadata: "silent", metadataHere: true }, ["✓", "✓"], true],
  ["open to this host", { host: "reached", metadata: "silent", metadataHere: true }, ["✗", "✓"], false],
  [
    "a no is an answer too: the host was reached",
    { host: "refused", metadata: "silent", metadataHere: true },
    ["✗", "✓"],
    false,
  ],
  [
    "open to the metadata address",
    { host: "silent", metadata: "reached", metadataHere: true },
    ["✓", "✗"],
    false,
  ],
  [
    "nothing there to reach, and no rule",
    { host: "silent", metadata: "silent", rules: { host: false, metadata: false } },
    ["✓", "!"],
    true,
  ],
  [
    "nothing there to reach, with the rule",
    { host: "silent", metadata: "silent", rules: { host: true, metadata: true } },
    ["✓", "✓"],
    true,
  ],
  ["not tried, the rules are seen", { rules: { host: true, metadata: true } }, ["✓", "✓"], true],
  ["not tried, no rules", { rules: { host: false, metadata: false } }, ["✗", "✗"], false],
  ["neither tried nor seen is not safe", {}, ["✗", "✗"], false],
])("firewall: %s", (_sentence, facts, signs, sound) => {
  const findings = judgeFirewall({
    bridge: "br-berth",
    host: undefined,
    metadata: undefined,
    metadataHere: false,
    rules: undefined,
    ...facts,
  });
  expect(findings.map((finding) => line(finding)[0])).toEqual(signs);
  expect(soundForSudo(findings)).toBe(sound);
});

test("the gateway of a container is read from its routes", () => {
  expect(
    gatewayIn(
      "Iface\tDestination\tGateway\tFlags\neth0\t00000000\t010011AC\t0003\neth0\t000011AC\t00000000\t0001\n",
    ),
  ).toBe("172.17.0.1");
  expect(() => gatewayIn("Iface\tDestination\tGateway\n")).toThrow(/no way out/);
});
