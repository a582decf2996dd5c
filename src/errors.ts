import type { Wish } from "./ledger/schema.ts";

/**
 * A "no" that a person can act on. Made by the rule that refuses, in plain words without Slack markup;
 * turned into a message in one place only (slack/reply.ts).
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  /** What an operator reads in the log and a test compares: short, stable, kebab-case. */
  readonly reason: string;
  /** What to do next: a full sentence. */
  readonly hint: string | undefined;
  /** The argument or form field that is at fault, if one is. */
  readonly field: string | undefined;
  /** Buttons that mend it. */
  readonly offers: readonly Offer[];
  /** What else is wrong with the same request: a form shows all of it at once, each at its field. */
  readonly also: readonly Refusal[];

  constructor(
    reason: string,
    message: string,
    more: { hint?: string; field?: string; offers?: readonly Offer[]; also?: readonly Refusal[] } = {},
  ) {
    super(message);
    this.reason = reason;
    this.hint = more.hint;
    this.field = more.field;
    this.offers = more.offers ?? [];
    this.also = more.also ?? [];
  }
}

/** Throws the first refusal with the others beside it; nothing if there is none. */
export function refuseAny(refusals: readonly Refusal[]): void {
  const [first, ...others] = refusals;
  if (!first) return;
  const { hint, field, offers } = first;
  throw new Refusal(first.reason, first.message, {
    ...(hint ? { hint } : {}),
    ...(field ? { field } : {}),
    offers,
    also: others,
  });
}

/** Something a person can press beside a sentence. The slack room knows which button each one is. */
export type Offer =
  | { kind: "add-key" }
  | { kind: "enrol" }
  | { kind: "new-container"; project?: string }
  | { kind: "open"; containerId: number }
  | { kind: "run"; containerId: number }
  /** Gives up what was changed in it, which could not be carried over to another GPU. */
  | { kind: "start-fresh"; containerId: number }
  /** Stops one that has several GPUs, and runs it again with one. */
  | { kind: "resume-with-one"; containerId: number }
  /** Its GPU stays though it is idle. */
  | { kind: "keep"; containerId: number }
  /** What is in a stopped one stays for longer. */
  | { kind: "keep-files"; containerId: number }
  | { kind: "stop"; containerId: number }
  | { kind: "free-gpu"; containerId: number }
  | { kind: "retire"; containerId: number }
  /** Retires it; then the form for a new one of the same project is filled with `again`. */
  | { kind: "redeploy"; containerId: number; again: { image?: string; wish?: Wish; hours?: number } }
  | { kind: "leave"; containerId: number }
  | { kind: "why"; containerId: number }
  /** `endId`: the end that is moved, so that a second press finds that it was moved already. */
  | { kind: "extend"; containerId: number; endId: number; hours: number }
  /** One's own places in the line, as they are now. */
  | { kind: "queue" }
  /** Asks an admin for hours beyond the extension budget. */
  | { kind: "ask-extension"; containerId: number; hours: number }
  /** The form for a new image, with this name filled in. */
  | { kind: "create-image"; name?: string }
  /** The form filled with what the image is made of. */
  | { kind: "update-image"; imageId: number }
  | { kind: "cancel-build"; buildId: number }
  | { kind: "show-image"; imageId: number };

/** The container engine does not answer. Says nothing about any container: nobody may conclude "gone" from it. */
export class EngineSilent extends Error {
  override readonly name = "EngineSilent";
}

/**
 * The container engine answered no, for a reason that repeating will not mend. The message holds its words; it is for
 * operators (it may name paths of the host), not for members as it stands.
 */
export class EngineRefused extends Error {
  override readonly name = "EngineRefused";
}

/** The GPUs or the host's files could not be read this time. Unknown is not "empty" and not "gone". */
export class HostSilent extends Error {
  override readonly name = "HostSilent";
}
