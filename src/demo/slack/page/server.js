/**
 * The way to the simulator: its requests and its stream of snapshots. What goes over the wire is told in person-api.ts.
 *
 * @import {ActBody, CloseBody, Outcome, Person, Snapshot, SubmitBody, SuggestBody, Suggestions, Failed, TypeBody} from "../person-api.ts"
 */

/** Longer than the 3 seconds an app has, so that the simulator's own words about a silent app arrive first. */
const answerWithinMs = 8_000;

/** @returns {Promise<Person[]>} */
export async function everybody() {
  const answer = await fetch("/person", { signal: AbortSignal.timeout(answerWithinMs) });
  if (!answer.ok) throw new Error(`The simulator answered ${answer.status} when it was asked who is there.`);
  return answer.json();
}

/** @param {string} userId @param {TypeBody} body */
export const type = (userId, body) => post(userId, "type", body);
/** @param {string} userId @param {ActBody} body */
export const act = (userId, body) => post(userId, "act", body);
/** @param {string} userId @param {SubmitBody} body */
export const submit = (userId, body) => post(userId, "submit", body);
/** @param {string} userId @param {CloseBody} body */
export const close = (userId, body) => post(userId, "close", body);
/** @param {string} userId */
export const openHome = (userId) => post(userId, "open-home", {});
/** @param {string} userId */
export const openMessages = (userId) => post(userId, "open-dm", {});
/** @param {string} userId @param {SuggestBody} body @returns {Promise<Suggestions | Failed>} */
export const suggest = (userId, body) => /** @type {Promise<any>} */ (post(userId, "suggest", body));

/** Puts a file at hand for a form; answers its id. Never throws. @param {string} userId @param {File} file @returns {Promise<{ok: true, id: string} | Failed>} */
export async function upload(userId, file) {
  try {
    const answer = await fetch(
      `/person/${encodeURIComponent(userId)}/upload?name=${encodeURIComponent(file.name)}`,
      {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: file,
        signal: AbortSignal.timeout(60_000),
      },
    );
    const said = await answer.json().catch(() => null);
    return said?.ok
      ? said
      : failed("upload_failed", said?.message ?? `${file.name} was not taken (${answer.status}).`);
  } catch {
    return failed(
      "unreachable",
      `${file.name} could not be handed over. Is the demo still running in its terminal?`,
    );
  }
}

/** Never throws: whatever goes wrong is a `Failed` with a sentence. @param {string} userId @param {string} verb @param {object} body @returns {Promise<Outcome>} */
async function post(userId, verb, body) {
  try {
    const answer = await fetch(`/person/${encodeURIComponent(userId)}/${verb}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(answerWithinMs),
    });
    const said = await answer.json().catch(() => null);
    if (said && typeof said.ok === "boolean") return said;
    return failed(
      "refused",
      `The simulator refused this (${answer.status}). That is a fault of the demo, not yours.`,
    );
  } catch {
    return failed("unreachable", "The simulator does not answer. Is the demo still running in its terminal?");
  }
}

/** @param {string} error @param {string} message @returns {Failed} */
function failed(error, message) {
  return { ok: false, error, message };
}

/**
 * Calls `see` with every snapshot that is newer than those before, and `reach` when the stream breaks and when it is
 * back. Returns the function that ends it.
 * @param {string} userId @param {(snapshot: Snapshot) => void} see @param {(isThere: boolean) => void} reach
 */
export function watch(userId, see, reach) {
  const stream = new EventSource(`/person/${encodeURIComponent(userId)}/events`);
  let newest = -1;
  stream.onopen = () => {
    // A simulator that was started again counts from the beginning.
    newest = -1;
    reach(true);
  };
  stream.onerror = () => reach(false);
  stream.addEventListener("snapshot", (event) => {
    /** @type {Snapshot} */
    const snapshot = JSON.parse(event.data);
    if (snapshot.version < newest) return;
    newest = snapshot.version;
    see(snapshot);
  });
  return () => stream.close();
}
