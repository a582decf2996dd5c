import { blockActions, blockSuggestion, type Spot } from "../app-link/payloads.ts";
import { suggestionAnswer } from "../blocks/texts.ts";
import { type Element, findElement } from "../blocks/walk.ts";
import { enterValues, Impossible, optionsOf, stateValueOf } from "../inputs/enter.ts";
import { chosenOption, kinds, type StateValue, setValue } from "../inputs/state.ts";
import type {
  ActBody,
  Block,
  Entered,
  Failed,
  Option,
  Outcome,
  SuggestBody,
  Suggestions,
  UserId,
} from "../person-api.ts";
import { handOver } from "../workspace/files.ts";
import { changed, type User, type Workspace } from "../workspace/workspace.ts";
import { actor, content, elementAt, failed, type Stage, spotOf, surroundings } from "./stage.ts";

/**
 * A click or a choice in a message, a modal or Home. `seen`: what the person still had on the screen, if the click was on its
 * way while the app changed the message; then the app gets a click on something that is no longer there.
 */
export async function act(
  stage: Stage,
  userId: UserId,
  body: ActBody,
  seen?: readonly Block[],
): Promise<Outcome> {
  const { workspace, link } = stage;
  const user = actor(workspace, userId);
  const spot = spotOf(workspace, user, body.place);
  const { block, element } =
    (seen && findElement(seen, body.blockId, body.actionId)) ??
    elementAt(spot, user, body.blockId, body.actionId);
  const here = content(spot, user);
  if (body.values && spot.kind === "view")
    enterValues(here.blocks, here.state, body.values, surroundings(workspace, user, here.suggested));
  const confirm = element.confirm as { text: { text: string } } | undefined;
  if (confirm && !body.confirmed) return failed("confirm_needed", confirm.text.text);
  const chosen = choose(workspace, spot, user, block, element, body.value ?? null);
  changed(workspace);
  if (block.type === "input" && block.dispatch_action !== true) return { ok: true };
  if (!workspace.manifest.settings.interactivity.is_enabled)
    return failed("interactivity_disabled", "This app is not configured to handle interactive responses.");
  if (spot.kind === "view") handOver(workspace, here.state);
  const acknowledged = await link.ask(
    "interactive",
    blockActions(workspace, user, spot, block, element, chosen),
  );
  if (!acknowledged.ok) return failed(acknowledged.error, `That didn't work: ${acknowledged.message}`);
  if (hasFields(acknowledged.payload))
    workspace.journal.complain("The acknowledgement of a click has a body, which Slack ignores.");
  return { ok: true };
}

function hasFields(payload: unknown): boolean {
  return typeof payload === "object" && payload !== null && Object.keys(payload).length > 0;
}

/** Puts the choice where it is kept, and answers it as the payload shows it. Buttons hold nothing. */
function choose(
  workspace: Workspace,
  spot: Spot,
  user: User,
  block: Block,
  element: Element,
  value: Entered,
): StateValue | undefined {
  const here = content(spot, user);
  const around = surroundings(workspace, user, here.suggested);
  if (element.type === "overflow") {
    const option = optionsOf(element, block.block_id, around).find((o) => o.value === value);
    if (!option) throw new Impossible(`The menu ${element.action_id} has no "${value}".`);
    return { type: element.type, selected_option: chosenOption(option) };
  }
  if (!kinds[element.type]) return undefined;
  const chosen = stateValueOf(element, block.block_id, value, around);
  setValue(here.state, block.block_id, element.action_id, chosen);
  return chosen;
}

/** Slack asks an external select's app only from this many letters on, unless the app says otherwise. */
const defaultMinQueryLength = 3;

/** What an external select offers for these letters. */
export async function suggest(
  stage: Stage,
  userId: UserId,
  body: SuggestBody,
): Promise<Suggestions | Failed> {
  const { workspace, link } = stage;
  const user = actor(workspace, userId);
  const spot = spotOf(workspace, user, body.place);
  const { block, element } = elementAt(spot, user, body.blockId, body.actionId);
  if (!element.type.endsWith("external_select"))
    throw new Impossible(`${body.actionId} is a ${element.type}: its options are known.`);
  const least = (element.min_query_length as number | undefined) ?? defaultMinQueryLength;
  if (body.query.length < least) return { ok: true, options: [] };
  const payload = blockSuggestion(workspace, user, spot, block, element, body.query);
  const acknowledged = await link.ask("interactive", payload);
  if (!acknowledged.ok)
    return failed(acknowledged.error, `The options could not be loaded: ${acknowledged.message}`);
  const answer = suggestionAnswer.safeParse(acknowledged.payload);
  if (!answer.success) {
    workspace.journal.complain(
      `The options for ${body.actionId} can't be shown: ${JSON.stringify(acknowledged.payload)?.slice(0, 300)}`,
    );
    return failed("invalid_options", "The options could not be loaded.");
  }
  const found: Suggestions =
    "options" in answer.data
      ? { ok: true, options: answer.data.options as Option[] }
      : {
          ok: true,
          options: answer.data.option_groups.flatMap((group) => group.options) as Option[],
          groups: answer.data.option_groups as NonNullable<Suggestions["groups"]>,
        };
  remember(content(spot, user).suggested, `${body.blockId} ${body.actionId}`, found.options);
  return found;
}

/** What was once offered may be chosen, also after other letters were typed. */
function remember(suggested: Map<string, Option[]>, key: string, options: Option[]): void {
  const known = suggested.get(key) ?? [];
  const fresh = options.filter((option) => !known.some((k) => k.value === option.value));
  suggested.set(key, [...known, ...fresh].slice(-1_000));
}
