import { Refusal } from "../errors.ts";
import { isName, suggestName } from "./names.ts";

const handleLength = 31;

/** Names that mean something else on a Linux machine. */
const reserved = new Set(
  (
    "root daemon bin sys sync games man lp mail news uucp proxy www-data backup list irc gnats nobody sshd admin berth " +
    "messagebus postgres docker sudo users staff wheel operator systemd-network systemd-resolve systemd-timesync ubuntu " +
    "debian test guest default localhost workspace data home tmp"
  ).split(" "),
);

/** Throws a Refusal that says the rule and offers one that would do. */
export function checkHandle(handle: string): string {
  if (isName(handle, handleLength) && handle.length >= 2 && !reserved.has(handle)) return handle;
  const why = reserved.has(handle) ? "means something else on a server" : "can't be a user name";
  const better = proposeHandle(handle, new Set());
  throw new Refusal("handle", `“${handle.slice(0, 60)}” ${why}.`, {
    field: "handle",
    hint: `It is 2 to ${handleLength} lower-case letters, digits and single dashes, and begins with a letter: for example “${better}”.`,
  });
}

/** The first name that is free, from what somebody is called: "Ana María" → `ana`, then `ana-maria`, then `ana-2`. */
export function proposeHandle(name: string, taken: ReadonlySet<string>): string {
  const whole = suggestName(name, handleLength);
  const first = whole.split("-")[0] ?? "";
  const bases = [first, whole].filter((base) => base.length >= 2);
  const base = bases[0] ?? "member";
  for (const candidate of bases.length > 0 ? bases : [base]) {
    if (!taken.has(candidate) && !reserved.has(candidate)) return candidate;
  }
  for (let n = 2; n < 10_000; n++) {
    const candidate = `${base.slice(0, handleLength - 6)}-${n}`;
    if (!taken.has(candidate)) return candidate;
  }
  throw new Error(`no handle is left for ${base}`);
}
