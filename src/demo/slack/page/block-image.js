/** Pictures. Only the workspace's own files are loaded: this page asks nobody but its server. */

import { html } from "htm/preact";
import { plainText } from "./marked.js";

/** @param {{block: any}} props */
export function ImageBlock({ block }) {
  return html`<figure class="picture">
    ${block.title && html`<figcaption>${plainText(block.title)}</figcaption>`}
    <${Picture} image=${block} />
  </figure>`;
}

/** @param {{image: any}} props */
export function Picture({ image }) {
  const address = addressOf(image);
  if (!address)
    return html`<span class="picture-elsewhere" role="img" aria-label=${image.alt_text}>🖼 ${image.alt_text}</span>`;
  return html`<img src=${address} alt=${image.alt_text} title=${image.alt_text} />`;
}

/** @param {any} image @returns {string | null} */
function addressOf(image) {
  const { slack_file: file, image_url: url } = image;
  if (file?.id) return `/files/${encodeURIComponent(file.id)}`;
  const address = file?.url ?? url;
  if (typeof address !== "string") return null;
  if (address.startsWith("data:image/")) return address;
  const path = new URL(address, location.href);
  return path.origin === location.origin ? path.href : null;
}
