/**
 * One message.
 *
 * @import {FileShown, Message, Person} from "../person-api.ts"
 */

import { html } from "htm/preact";
import { Avatar, PersonAvatar } from "./avatar.js";
import { Blocks } from "./blocks.js";
import { OnSurface, useWorkspace } from "./contexts.js";
import { Mrkdwn } from "./marked.js";
import { Sign } from "./signs.js";
import { useMessageSurface } from "./surfaces.js";
import { clock, fullTime } from "./times.js";

/** @param {{message: Message, channel: string, grouped: boolean}} props */
export function MessageShown({ message, channel, grouped }) {
  const { snapshot, zone } = useWorkspace();
  const surface = useMessageSurface(message, channel);
  const author = snapshot.users.find((user) => user.id === message.user);
  const at = Number(message.ts);
  const name = author ? author.realName || author.name : message.user;
  const classes = [
    "message",
    grouped && "message-grouped",
    message.ephemeral && "message-ephemeral",
    message.pinned && "message-pinned",
  ];
  const time = html`<time class="when" datetime=${new Date(at * 1000).toISOString()} title=${fullTime(at, zone)}>${clock(at, zone)}</time>`;
  return html`<article class=${classes.filter(Boolean).join(" ")} id=${`message-${message.ts}`} tabindex="-1" aria-label=${`${name}, ${clock(at, zone)}`}>
    ${message.ephemeral && html`<p class="only-you"><${Sign} name="eye" />Only visible to you</p>`}
    ${message.pinned && html`<p class="pinned-mark"><${Sign} name="pin" />Pinned</p>`}
    <div class="message-side">${grouped ? time : html`<${AuthorAvatar} author=${author} name=${name} />`}</div>
    <div class="message-main">
      ${!grouped && html`<p class="author"><strong>${name}</strong>${author?.isBot && html`<span class="app-mark">APP</span>`}${time}</p>`}
      ${isReply(message) && html`<p class="in-thread">replied in a thread</p>`}
      <${OnSurface} value=${surface}>
        ${message.blocks?.length ? html`<${Blocks} blocks=${message.blocks} />` : message.text && html`<${Mrkdwn} text=${message.text} />`}
      <//>
      ${message.files?.map((file) => html`<${FileBox} key=${file.id} file=${file} />`)}
      ${message.edited && html`<span class="edited" title=${fullTime(Number(message.edited.ts), zone)}>(edited)</span>`}
    </div>
  </article>`;
}

/** @param {Message} message */
function isReply(message) {
  return message.threadTs !== undefined && message.threadTs !== message.ts;
}

/** @param {{author: Person | undefined, name: string}} props */
function AuthorAvatar({ author, name }) {
  return author
    ? html`<${PersonAvatar} person=${author} />`
    : html`<${Avatar} name=${name} color="#696969" />`;
}

/** @param {{file: FileShown}} props */
function FileBox({ file }) {
  const title = file.title || file.name;
  if (file.mimetype.startsWith("image/"))
    return html`<figure class="picture"><figcaption>${title}</figcaption><a href=${file.url} target="_blank" rel="noopener"><img src=${file.url} alt=${file.alt ?? title} /></a></figure>`;
  return html`<a class="file-box" href=${file.url} download=${file.name}>
    <${Sign} name="file" /><span><strong>${title}</strong><small>${sizeWords(file.sizeBytes)}</small></span>
  </a>`;
}

/** @param {number} bytes */
function sizeWords(bytes) {
  if (bytes < 1_000) return `${bytes} bytes`;
  if (bytes < 1_000_000) return `${Math.round(bytes / 1_000)} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}
