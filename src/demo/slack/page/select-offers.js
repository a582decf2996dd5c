/**
 * What a select's list shows.
 *
 * @import {Option} from "../person-api.ts"
 *
 * @typedef {{groups: {label: string, options: Option[]}[], note?: string, bad?: boolean}} Offers
 */

/** How long typing must pause before the app is asked. */
export const searchQuietMs = 200;

/** @param {string | null} query @param {Option[]} options @param {{label: {text: string}, options: Option[]}[]} [optionGroups] @returns {Offers} */
export function matching(query, options, optionGroups) {
  const words = (query ?? "").toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (/** @type {Option} */ option) => {
    const text = `${option.text.text} ${option.description?.text ?? ""}`.toLowerCase();
    return words.every((word) => text.includes(word));
  };
  const all = optionGroups?.length
    ? optionGroups.map((group) => ({ label: group.label.text, options: group.options }))
    : [{ label: "", options }];
  const groups = all
    .map((group) => ({ ...group, options: group.options.filter(fits) }))
    .filter((group) => group.options.length > 0);
  return groups.length > 0 ? { groups } : { groups, note: "Nothing found." };
}
