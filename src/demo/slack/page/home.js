/** The app's Home tab. */

import { html } from "htm/preact";
import { useState } from "preact/hooks";
import { Blocks } from "./blocks.js";
import { OnSurface, useWorkspace } from "./contexts.js";
import { useViewSurface } from "./surfaces.js";

export function Home() {
  const { snapshot } = useWorkspace();
  if (!snapshot.home)
    return html`<div class="home scroll home-empty" aria-busy="true"><p>${snapshot.app.name} has put nothing here yet. It does so a moment after this tab is opened.</p></div>`;
  return html`<${PublishedHome} key=${snapshot.home.id} home=${snapshot.home} />`;
}

/** @param {{home: import("../person-api.ts").HomeView}} props */
function PublishedHome({ home }) {
  const [drafts, setDrafts] = useState({});
  const surface = useViewSurface(home, "home", drafts, setDrafts);
  return html`<div class="home scroll" tabindex="0" role="region" aria-label="Home">
    <div class="home-blocks"><${OnSurface} value=${surface}><${Blocks} blocks=${home.blocks} /><//></div>
  </div>`;
}
