import { type Policy, parsePolicy } from "../../src/policy/policy.ts";

/** The policy as it is written; without a night unless the text says when it is: tests run at any time of day. */
export function testPolicy(text: string): Policy {
  const policy = parsePolicy(text);
  return /^night:/m.test(text)
    ? policy
    : { ...policy, night: { ...policy.night, from: "00:00", to: "00:00" } };
}
