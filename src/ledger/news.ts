import type { Offer } from "../errors.ts";

/**
 * What an outbox row tells. The middle rooms write news in the transaction that makes it true; the slack room turns it
 * into a message when it is sent, from the rows as they are then.
 */
export type News =
  /**
   * The living message of a container, drawn from its row at the moment of sending: posted once per container and edited
   * in place. `fresh`: posted anew below (an edited message notifies nobody), the old one loses its buttons.
   */
  | { kind: "card"; containerId: number; fresh?: boolean }
  /** A sentence (see sentence.ts for instants in it) with buttons. */
  | { kind: "note"; text: string; detail?: string; offers?: Offer[]; containerId?: number }
  /** The living message of a build, drawn from its row at the moment of sending: posted once and edited in place. */
  | { kind: "build"; buildId: number }
  /** A build ended: a new message, for an edited one notifies nobody. What it says is read from the row. */
  | { kind: "built"; buildId: number }
  /**
   * Before an end: a new message, drawn from the rows when it is sent. Its receipt is noted at the notice too. Nothing is
   * sent if the end is not armed any more.
   */
  | { kind: "notice"; noticeId: number }
  /** To an admin: a member asks for more; buttons to grant or decline. Drawn anew when it was decided. */
  | { kind: "petition"; petitionId: number }
  /** First contact: three lines and one button. */
  | { kind: "welcome"; memberId: number }
  /** To admins: somebody asks to be let in; buttons to approve with a group or decline. */
  | { kind: "enrolment"; memberId: number }
  /**
   * To admins: one living message per problem (`key`), opened, still there, or solved. `post`: `anew` is a new message, and the
   * one before says so; `never` edits that one whatever it says. Left out: what comes back after it was solved is a new one.
   */
  | {
      kind: "problem";
      key: string;
      state: "open" | "solved";
      text: string;
      detail?: string;
      post?: "anew" | "never";
    };
