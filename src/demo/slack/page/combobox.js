/**
 * The field of a select: shows what is chosen, and while one types the list of what may be.
 *
 * @import {ElementProps} from "./elements.js"
 * @import {Option} from "../person-api.ts"
 * @import {Offers} from "./select-offers.js"
 */

import { html } from "htm/preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { moved } from "./keys.js";
import { plainText, Words } from "./marked.js";
import { placeBeside } from "./place.js";
import { Sign } from "./signs.js";

/**
 * @param {ElementProps & {several: boolean, offers: Offers, chosen: Option[], put: (next: Option[]) => void,
 *   setQuery: (query: string | null) => void}} props
 */
export function Combobox({
  element,
  fieldId,
  describedBy,
  wrong,
  inInput,
  several,
  offers,
  chosen,
  put,
  setQuery,
}) {
  const ownId = useId();
  const id = fieldId ?? ownId;
  const [typed, setTyped] = useState(/** @type {string | null} */ (null));
  const [at, setAt] = useState(0);
  const input = useRef(/** @type {HTMLInputElement | null} */ (null));
  const frame = useRef(/** @type {HTMLElement | null} */ (null));
  const options = offers.groups.flatMap((group) => group.options);
  const open = typed !== null;
  const full =
    several && element.max_selected_items !== undefined && chosen.length >= element.max_selected_items;

  const show = () => {
    if (open) return;
    setTyped("");
    setQuery("");
    setAt(Math.max(0, several ? 0 : options.findIndex((option) => option.value === chosen[0]?.value)));
  };
  const hide = () => {
    setTyped(null);
    setQuery(null);
  };
  const take = (/** @type {Option} */ option) => {
    if (!several) {
      hide();
      return put([option]);
    }
    const has = chosen.some((one) => one.value === option.value);
    if (!has && full) return;
    put(has ? chosen.filter((one) => one.value !== option.value) : [...chosen, option]);
    setTyped("");
    setQuery("");
  };
  const onInput = (/** @type {InputEvent} */ event) => {
    const next = /** @type {HTMLInputElement} */ (event.target).value;
    setTyped(next);
    setQuery(next);
    setAt(0);
  };
  const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
    const option = options[at];
    if (!open && ["ArrowDown", "ArrowUp", "Enter", " "].includes(event.key)) {
      event.preventDefault();
      show();
    } else if (open && event.key === "Escape") {
      // The list goes; the modal around it stays.
      event.preventDefault();
      event.stopPropagation();
      hide();
    } else if (open && event.key === "Enter") {
      event.preventDefault();
      if (option) take(option);
    } else if (open && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setAt(moved(event.key, at, options.length) ?? 0);
    } else if (event.key === "Backspace" && several && !typed && chosen.length > 0) put(chosen.slice(0, -1));
  };
  const shown = several ? "" : plainText(chosen[0]?.text);
  const placeholder = plainText(element.placeholder) || "Choose an option";
  return html`<div class=${inInput ? "combobox combobox-wide" : "combobox"} ref=${frame}>
    ${
      several &&
      chosen.map(
        (one) => html`<span class="chip" key=${one.value}>${plainText(one.text)}
          <button type="button" aria-label=${`Remove ${plainText(one.text)}`} onClick=${() => put(chosen.filter((other) => other !== one))}><${Sign} name="cross" /></button></span>`,
      )
    }
    <input ref=${input} id=${id} type="text" role="combobox" autocomplete="off" spellcheck="false" data-action-id=${element.action_id}
      aria-expanded=${open} aria-controls=${`${id}-list`} aria-autocomplete="list" aria-haspopup="listbox"
      aria-activedescendant=${open && options[at] ? `${id}-option-${at}` : undefined}
      aria-describedby=${describedBy} aria-invalid=${wrong || undefined} aria-label=${fieldId ? undefined : placeholder}
      value=${open ? typed : shown} placeholder=${shown || (several && chosen.length ? "" : placeholder)}
      class=${shown && !open ? "has-choice" : ""}
      onInput=${onInput} onKeyDown=${onKeyDown} onClick=${show} onBlur=${hide} />
    <${Sign} name="chevron" />
    ${
      open &&
      html`<${List} id=${id} anchor=${frame} offers=${offers} at=${at} look=${setAt} take=${take} chosen=${chosen} several=${several}
        name=${placeholder} />`
    }
  </div>`;
}

/**
 * A popover, so that the modal's scrolling body does not cut it off.
 * @param {{id: string, anchor: {current: HTMLElement | null}, offers: Offers, at: number, look: (at: number) => void, take: (option: Option) => void,
 *   chosen: Option[], several: boolean, name: string}} props
 */
function List({ id, anchor, offers, at, look, take, chosen, several, name }) {
  const list = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => list.current?.showPopover(), []);
  useLayoutEffect(() => placeBeside(list.current, anchor.current, "stretch"), [offers, chosen.length]);
  useEffect(() => {
    const follow = (/** @type {Event} */ event) =>
      event.target !== list.current && placeBeside(list.current, anchor.current, "stretch");
    addEventListener("scroll", follow, { capture: true, passive: true });
    addEventListener("resize", follow);
    return () => {
      removeEventListener("scroll", follow, { capture: true });
      removeEventListener("resize", follow);
    };
  }, []);
  useEffect(() => {
    list.current?.querySelector("[aria-selected=true], .option-at")?.scrollIntoView({ block: "nearest" });
  }, []);
  useEffect(() => {
    list.current?.querySelector(".option-at")?.scrollIntoView({ block: "nearest" });
  }, [at]);
  let index = -1;
  return html`<div class="options" id=${`${id}-list`} popover="manual" role="listbox" aria-label=${name} aria-multiselectable=${several || undefined} ref=${list}
    onMouseDown=${(/** @type {MouseEvent} */ event) => event.preventDefault()}>
    ${offers.groups.map(
      (
        group,
      ) => html`<div role=${group.label ? "group" : "presentation"} aria-label=${group.label || undefined}>
        ${group.label && html`<p class="options-label" aria-hidden="true">${group.label}</p>`}
        ${group.options.map((option) => {
          index += 1;
          const mine = index;
          const isChosen = chosen.some((one) => one.value === option.value);
          return html`<div id=${`${id}-option-${mine}`} role="option" key=${option.value} aria-selected=${isChosen}
            class=${mine === at ? "option option-at" : "option"} onMouseMove=${() => look(mine)} onClick=${() => take(option)}>
            <span><${Words} text=${option.text} />${option.description && html`<small><${Words} text=${option.description} /></small>`}</span>
            ${isChosen && html`<${Sign} name="check" />`}
          </div>`;
        })}
      </div>`,
    )}
    ${offers.note && html`<p class=${offers.bad ? "options-note options-bad" : "options-note"} role="status">${offers.note}</p>`}
  </div>`;
}
