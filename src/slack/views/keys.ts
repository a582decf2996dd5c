import type { Key } from "../../ledger/schema.ts";
import { counted } from "../../sentence.ts";
import { button, confirm } from "../define-action.ts";
import { at, code, mrkdwn, plain } from "../mrkdwn.ts";
import { addKey, newContainer, removeKey } from "../pressables.ts";
import { buttons, context, type Message, section } from "./blocks.ts";

/** One's own keys, each with the button that removes it. */
export function keyList(keys: readonly Key[]): Message {
  if (keys.length === 0) {
    const text = mrkdwn`You have no SSH key here yet, so you can't sign in to a container.`;
    return {
      text,
      blocks: [section(text), ...buttons([button(addKey, "Add an SSH key", {}, { style: "primary" })])],
    };
  }
  const text = mrkdwn`You have ${plain(counted(keys.length, "SSH key"))} here.`;
  return {
    text,
    blocks: [
      section(text),
      ...keys.map((key, i) =>
        section(
          mrkdwn`${i + 1}.  ${plain(key.comment || "(no name)")}, ${plain(key.type)}, since ${at(key.addedAt)}\n${code(key.fingerprint)}`,
          button(
            removeKey,
            "Remove",
            { keyId: key.id },
            {
              style: "danger",
              confirm: confirm(
                `Remove ${key.comment || "this key"}?`,
                "It can't sign in any more, and what is signed in to your containers now is ended.",
                "Remove it",
              ),
            },
          ),
        ),
      ),
      ...buttons([button(addKey, "Add another", {})]),
    ],
  };
}

export function keyAdded(key: Key, keys: number): Message {
  const text = mrkdwn`Your key ${plain(key.comment || key.type)} is in: it opens all your containers from now on.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:key:  ${text}`),
      context(mrkdwn`${code(key.fingerprint)}`),
      ...(keys === 1 ? buttons([button(newContainer, "New container", {}, { style: "primary" })]) : []),
    ],
  };
}

export function keyRemoved(key: Key, left: number): Message {
  const text = mrkdwn`Your key ${plain(key.comment || key.type)} is removed, and sessions that were open are ended.`;
  return {
    text,
    blocks: [
      section(mrkdwn`:wastebasket:  ${text}`),
      context(mrkdwn`${code(key.fingerprint)}`),
      ...(left === 0
        ? [
            section(mrkdwn`You have no key left, so you can't sign in any more.`),
            ...buttons([button(addKey, "Add an SSH key", {}, { style: "primary" })]),
          ]
        : []),
    ],
  };
}
