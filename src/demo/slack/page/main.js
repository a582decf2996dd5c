/** Starts the page: asks who is there, then shows the workspace as the person in the address sees it. */

import { html, render } from "htm/preact";
import { App } from "./app.js";
import { everybody } from "./server.js";

const root = /** @type {HTMLElement} */ (document.getElementById("app"));

try {
  render(html`<${App} people=${await everybody()} />`, root);
} catch (error) {
  render(
    html`<main class="no-start" role="alert">
      <h1>The simulated Slack does not answer</h1>
      <p>${error instanceof Error ? error.message : String(error)}</p>
      <p>Is the demo still running in its terminal? Then load this page again.</p>
    </main>`,
    root,
  );
}
