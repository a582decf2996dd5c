/**
 * Shows the interactive elements of blocks; each family has its own file.
 *
 * @import {Element} from "./contexts.js"
 *
 * What every element is given: itself, its block, and in an input block the ids that tie it to its label.
 * `acts` says whether the app hears of a choice at once.
 * @typedef {{element: Element, blockId: string, fieldId?: string, labelledBy?: string, describedBy?: string, wrong?: boolean,
 *   inInput?: boolean, acts?: boolean}} ElementProps
 */

import { html } from "htm/preact";
import { Picture } from "./block-image.js";
import { ButtonElement } from "./element-button.js";
import { Checkboxes, RadioButtons } from "./element-choices.js";
import { FileInput } from "./element-file.js";
import { OverflowMenu } from "./element-overflow.js";
import { ExternalSelect, StaticSelect, WorkspaceSelect } from "./element-select.js";
import { TextInput } from "./element-text.js";
import { DatePicker, DateTimePicker, TimePicker } from "./element-time.js";

/** @type {Record<string, (props: any) => any>} */
const shapes = {
  button: ButtonElement,
  overflow: OverflowMenu,
  image: ({ element }) => html`<${Picture} image=${element} />`,
  static_select: StaticSelect,
  multi_static_select: StaticSelect,
  external_select: ExternalSelect,
  multi_external_select: ExternalSelect,
  users_select: WorkspaceSelect,
  multi_users_select: WorkspaceSelect,
  channels_select: WorkspaceSelect,
  multi_channels_select: WorkspaceSelect,
  conversations_select: WorkspaceSelect,
  multi_conversations_select: WorkspaceSelect,
  radio_buttons: RadioButtons,
  checkboxes: Checkboxes,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
  datepicker: DatePicker,
  timepicker: TimePicker,
  datetimepicker: DateTimePicker,
  file_input: FileInput,
};

/** @param {ElementProps} props */
export function ElementShown(props) {
  const Shape = shapes[props.element.type];
  if (!Shape)
    return html`<p class="unknown">This page cannot show an element of the type <code>${props.element.type}</code>. Slack can.</p>`;
  return html`<${Shape} ...${props} acts=${props.inInput ? props.acts : true} />`;
}
