/**
 * Selects: from a list, from the app's answers as one types, and from the workspace's people and channels.
 *
 * @import {ElementProps} from "./elements.js"
 * @import {Option, Snapshot} from "../person-api.ts"
 * @import {Offers} from "./select-offers.js"
 */

import { html } from "htm/preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Combobox } from "./combobox.js";
import { useSurface, useWorkspace } from "./contexts.js";
import { matching, searchQuietMs } from "./select-offers.js";
import { useField } from "./use-field.js";

/** @param {ElementProps} props */
export function StaticSelect(props) {
  const { element } = props;
  const [query, setQuery] = useState("");
  const offers = matching(query, element.options ?? [], element.option_groups);
  return html`<${Select} ...${props} offers=${offers} setQuery=${setQuery} />`;
}

/** @param {ElementProps} props */
export function ExternalSelect(props) {
  const { element, blockId } = props;
  const surface = useSurface();
  const [query, setQuery] = useState(/** @type {string | null} */ (null));
  const [offers, setOffers] = useState(/** @type {Offers} */ ({ groups: [] }));
  const asked = useRef(0);
  const least = element.min_query_length ?? 3;
  useEffect(() => {
    const mine = ++asked.current;
    if (query === null) return;
    if (query.trim().length < least)
      return setOffers({
        groups: [],
        note: `Type ${least === 1 ? "a letter" : `${least} letters or more`} to search.`,
      });
    setOffers((old) => ({ ...old, note: "Searching…" }));
    const wait = setTimeout(async () => {
      const answer = await surface.suggest(blockId, element.action_id, query.trim());
      // Answers may overtake each other; only the one to the newest question counts.
      if (mine !== asked.current) return;
      if (!answer.ok) return setOffers({ groups: [], note: answer.message, bad: true });
      const groups = answer.groups?.length
        ? answer.groups.map((group) => ({ label: group.label.text, options: group.options }))
        : [{ label: "", options: answer.options }];
      setOffers(
        groups.some((group) => group.options.length) ? { groups } : { groups: [], note: "Nothing found." },
      );
    }, searchQuietMs);
    return () => clearTimeout(wait);
  }, [query]);
  return html`<${Select} ...${props} offers=${offers} setQuery=${setQuery} />`;
}

/** @param {ElementProps} props */
export function WorkspaceSelect(props) {
  const { snapshot } = useWorkspace();
  const [query, setQuery] = useState("");
  const all = /users/.test(props.element.type)
    ? peopleOf(snapshot)
    : channelsOf(snapshot, /conversations/.test(props.element.type));
  return html`<${Select} ...${props} offers=${matching(query, all)} setQuery=${setQuery} known=${all} />`;
}

/** @param {ElementProps & {offers: Offers, setQuery: (query: string | null) => void, known?: Option[]}} props */
function Select(props) {
  const { element, offers, setQuery, known } = props;
  const { value, options, choose } = useField(props);
  const several = element.type.startsWith("multi_");
  const ids = Array.isArray(value) ? value : value === null ? [] : [value];
  const chosen = known
    ? known.filter((option) => ids.includes(option.value))
    : options.length
      ? options
      : optionsOf(element, ids);
  const put = (/** @type {Option[]} */ next) => {
    if (several)
      return choose(
        next.map((one) => one.value),
        next,
      );
    return choose(next[0]?.value ?? null, next);
  };
  return html`<${Combobox} ...${props} several=${several} offers=${offers} setQuery=${setQuery} chosen=${chosen} put=${put} />`;
}

/** @param {ElementProps["element"]} element @param {string[]} ids @returns {Option[]} */
function optionsOf(element, ids) {
  const all = [
    ...(element.options ?? []),
    ...(element.option_groups ?? []).flatMap((/** @type {any} */ group) => group.options),
  ];
  return all.filter((option) => ids.includes(option.value));
}

/** @param {Snapshot} snapshot @returns {Option[]} */
function peopleOf(snapshot) {
  return snapshot.users
    .filter((user) => !user.deleted && !user.isBot)
    .map((user) => ({
      text: { type: "plain_text", text: user.realName || user.name, emoji: false },
      value: user.id,
      description: { type: "plain_text", text: `@${user.name}` },
    }));
}

/** @param {Snapshot} snapshot @param {boolean} withDms @returns {Option[]} */
function channelsOf(snapshot, withDms) {
  return snapshot.conversations
    .filter((one) => withDms || one.kind === "channel")
    .map((one) => ({
      text: { type: "plain_text", text: one.kind === "channel" ? `#${one.name}` : one.name, emoji: false },
      value: one.id,
    }));
}
