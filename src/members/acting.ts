import type { Member } from "../ledger/schema.ts";

/** An admin who does something: in Slack a member, in a shell the login of whoever typed it. */
export type Acting = {
  /** As events and rows keep it: `member:<id>` or `cli:<login>`. */
  actor: string;
  /** As people read it. */
  name: string;
};

export function asMember(member: Pick<Member, "id" | "handle" | "name">): Acting {
  return { actor: `member:${member.id}`, name: member.handle ?? member.name };
}

/** Whoever became root by sudo is meant, not root. */
export function asLogin(
  environment: Readonly<Record<string, string | undefined>>,
): Acting & { actor: `cli:${string}` } {
  const login = environment.SUDO_USER || environment.USER || environment.LOGNAME || "";
  const clean = login.replace(/[^A-Za-z0-9._-]/g, "").slice(0, 32);
  return { actor: `cli:${clean}`, name: clean || "an admin" };
}
