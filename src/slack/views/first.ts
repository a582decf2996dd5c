import type { WaitingShown } from "../../ledger/queries/waiting-shown.ts";
import { requestName } from "../../waitlist/wish.ts";
import { button } from "../define-action.ts";
import { bold, mrkdwn, plain } from "../mrkdwn.ts";
import { seeGpus } from "../pressables.ts";
import { buttons, context, type Message, section } from "./blocks.ts";

/** The answer to the admin who put a request first. */
export function putFirstMessage(put: WaitingShown): Message {
  const text = mrkdwn`${bold(plain(requestName(put)))} is first in the line now.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:fast_forward:  ${text}\nPut first: ${plain(put.container.firstBecause ?? "")}`),
      context(
        mrkdwn`Everyone in the line sees this. It still starts only when what it asks for can be given.`,
      ),
      ...buttons([button(seeGpus, "The whole line", {})]),
    ],
  };
}
