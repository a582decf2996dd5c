import { expect, test } from "vitest";
import { containerOf } from "./processes.ts";

const id = "0123456789abcdef".repeat(4);
const outer = "f".repeat(64);

test.each([
  ["v1, below a parent", `12:pids:/berth/${id}\n4:memory:/berth/${id}\n1:name=systemd:/berth/${id}`, id],
  ["v1, where some controllers say nothing", `12:freezer:/\n4:memory:/docker/${id}\n`, id],
  ["v2, systemd's scope", `0::/berth.slice/docker-${id}.scope\n`, id],
  ["v2, below a parent", `0::/berth/${id}\n`, id],
  ["v2, a child group inside the container", `0::/berth/${id}/init\n`, id],
  ["a machine that is a container itself", `4:memory:/docker/${outer}/berth/${id}`, id],
  ["a user's session", "0::/user.slice/user-1000.slice/session-2.scope\n", undefined],
  ["a longer number is no id", `0::/x/${id}00\n`, undefined],
])("%s", (_form, cgroup, expected) => {
  expect(containerOf(cgroup)).toBe(expected);
});
