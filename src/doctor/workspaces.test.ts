import { expect, test } from "vitest";
import { troubles } from "../../test/support/troubles.ts";
import { soundForSudo } from "./doctor.ts";
import { judgeRoot, mountOf } from "./workspaces.ts";

const root = {
  root: "/srv/berth",
  found: { isDirectory: true, uid: 0, mode: 0o40700, marker: true },
  mount: { at: "/srv/berth", options: ["rw", "nosuid", "nodev"] },
};

test.each<[string, object, RegExp | undefined]>([
  ["a root that is as it should be", {}, undefined],
  ["none", { found: undefined }, /^✗ .*There is no directory \/srv\/berth/],
  [
    "one whose disk may be away",
    { found: { ...root.found, marker: false } },
    /^✗ .*no marker file.*touch \/srv\/berth\/\.berth-workspaces/s,
  ],
  ["one that others can enter", { found: { ...root.found, mode: 0o40755 } }, /^✗ .*mode 0755.*chmod 0700/s],
  ["one of somebody else", { found: { ...root.found, uid: 1000 } }, /^✗ .*owner 1000/],
  [
    "one that lets setuid files count",
    { mount: { at: "/srv/berth", options: ["rw", "nodev"] } },
    /^✗ .*not mounted nosuid:.*mount -o remount,nosuid,nodev \/srv\/berth/s,
  ],
  [
    "one that is no mount of its own",
    { mount: { at: "/", options: ["rw"] } },
    /^✗ .*not mounted nosuid,nodev:.*none bind,nosuid,nodev/s,
  ],
])("workspaces: %s", (_sentence, more, words) => {
  const findings = judgeRoot({ ...root, ...more });
  expect(troubles(findings)).toEqual(words ? [expect.stringMatching(words)] : []);
  // The marker protects files, not the host.
  expect(soundForSudo(findings)).toBe(words === undefined);
});

test("the mount of a path is the nearest above it, the last where several lie on each other", () => {
  const mounts = [
    "1 0 8:1 / / rw,relatime - ext4 /dev/sda1 rw",
    "2 1 8:2 / /srv rw,nosuid - ext4 /dev/sdb1 rw",
    "3 2 8:2 / /srv/berth rw - ext4 /dev/sdb1 rw",
    "4 3 8:2 / /srv/berth rw,nosuid,nodev - ext4 /dev/sdb1 rw",
    "5 1 8:3 / /srv/my\\040files rw,noexec - ext4 /dev/sdc1 rw",
  ].join("\n");
  expect(mountOf("/srv/berth", mounts)).toEqual({ at: "/srv/berth", options: ["rw", "nosuid", "nodev"] });
  expect(mountOf("/srv/berthold", mounts)?.at).toBe("/srv");
  expect(mountOf("/srv/my files/x", mounts)?.options).toContain("noexec");
  expect(mountOf("/var", mounts)?.at).toBe("/");
});
