import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { judgePorts } from "./ssh-ports.ts";

const ports = {
  bind: "0.0.0.0",
  pool: { first: 22000, last: 22009 },
  addresses: ["192.0.2.7", "127.0.0.1"],
  taken: [],
  outgoing: { first: 32768, last: 60999 },
};

test.each<[string, object, RegExp | undefined]>([
  ["a pool that is free", {}, undefined],
  ["one address of this machine", { bind: "192.0.2.7" }, undefined],
  [
    "an address of another machine",
    { bind: "192.0.2.8" },
    /^✗ .*not an address of this machine.*192\.0\.2\.7/s,
  ],
  ["only this machine", { bind: "127.0.0.1" }, /^! .*nobody in/],
  ["some are taken", { taken: [22000, 22004] }, /^! .*22000, 22004 of 22000-22009/],
  ["all are taken", { taken: Array.from({ length: 10 }, (_, i) => 22000 + i) }, /^✗ .*every port/],
  [
    "the kernel gives them away",
    { outgoing: { first: 20000, last: 60999 } },
    /^! .*by chance.*ip_local_reserved_ports = 22000-22009/s,
  ],
])("SSH ports: %s", (_sentence, more, words) => {
  expect(troubles(judgePorts({ ...ports, ...more }))).toEqual(words ? [expect.stringMatching(words)] : []);
});
