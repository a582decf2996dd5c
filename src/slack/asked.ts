import type { RespondArguments } from "@slack/bolt";

/** A form as Slack sends it along. */
export type FormState = {
  name: string;
  privateMetadata: string;
  /** `block_id` → `action_id` → the element. */
  values: Record<string, Record<string, unknown>>;
};

/** An asking as it came in, whatever it was: who, where, and what can be answered with. */
export type Asked = {
  /** For the log and nothing else: `/container-stop`, `stop-container`. */
  what: string;
  slackUserId: string;
  /** The workspace of the asking, and of the person where Slack says it apart. */
  teamId: string | undefined;
  userTeamId: string | undefined;
  /** Opens one modal, within 3 s. */
  triggerId: string | undefined;
  /** Answers where the person is: after a command or in a message. */
  respond: ((message: RespondArguments) => Promise<unknown>) | undefined;
  /** The modal or Home the button stands in; `form`: what is filled in there. */
  view: { id: string; type: string; form?: FormState } | undefined;
  /** The message the button stands in. */
  message: { channel: string; ts: string } | undefined;
  /** The same for every delivery of this asking. */
  key: string;
};
