import type { ContainerView } from "../ledger/queries/container-views.ts";
import { type Answer, type Call, onlyToCaller } from "./answer.ts";
import type { Message } from "./views/blocks.ts";

/** Nothing more is said to a press on the card itself: it changes under the eyes of whoever pressed. */
export function unlessTheCardTells(
  call: Call,
  { container }: Pick<ContainerView, "container">,
  message: Message,
): Answer {
  const onCard = call.message !== undefined && call.message.ts === container.cardTs;
  return onCard ? { kind: "nothing" } : onlyToCaller(message);
}
