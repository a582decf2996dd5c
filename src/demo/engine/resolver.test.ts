import { expect, test } from "vitest";
import { nameservers } from "./resolver.ts";

test("the resolvers of a resolv.conf, in order, IPv4 only, no comments", () => {
  const text =
    "# nameserver 192.0.2.9\nsearch example.org\nnameserver 127.0.0.53\nnameserver 2001:db8::1\n nameserver 192.0.2.1 \n";
  expect(nameservers(text)).toEqual(["127.0.0.53", "192.0.2.1"]);
});
