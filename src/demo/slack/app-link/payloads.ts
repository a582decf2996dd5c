import { randomBytes } from "node:crypto";
import type { Element } from "../blocks/walk.ts";
import { kinds, type StateValue } from "../inputs/state.ts";
import type { Block, StateValues } from "../person-api.ts";
import { payloadName } from "../workspace/conversations.ts";
import { messageForApi, messageState } from "../workspace/messages.ts";
import { makeResponseUrl } from "../workspace/response-urls.ts";
import { makeTrigger } from "../workspace/triggers.ts";
import { viewForApi } from "../workspace/views.ts";
import {
  type Conversation,
  type Message,
  nextId,
  nextTs,
  type User,
  type View,
  type Workspace,
} from "../workspace/workspace.ts";

/** What Slack sends an app, field by field. https://docs.slack.dev/reference/interaction-payloads */
export type Payload = Record<string, unknown>;

/** Where an interaction happened. */
export type Spot =
  | { kind: "message"; conversation: Conversation; message: Message }
  | { kind: "view"; view: View };

const verificationToken = "sim-verification-token";

/** Typed text reaches the app as it was typed; only `should_escape` commands get mentions as `<@U…|name>`. */
export function slashCommand(
  workspace: Workspace,
  user: User,
  conversation: Conversation,
  command: string,
  text: string,
): Payload {
  const { settings } = workspace;
  return {
    token: verificationToken,
    team_id: settings.teamId,
    team_domain: settings.domain,
    channel_id: conversation.id,
    channel_name: payloadName(conversation),
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: settings.appId,
    is_enterprise_install: "false",
    response_url: makeResponseUrl(workspace, user.id, conversation.id),
    trigger_id: makeTrigger(workspace, user.id, { channel: conversation.id }),
  };
}

export function blockActions(
  workspace: Workspace,
  user: User,
  spot: Spot,
  block: Block,
  element: Element,
  chosen: StateValue | undefined,
): Payload {
  return {
    type: "block_actions",
    ...who(workspace, user, true),
    ...where(workspace, user, spot),
    trigger_id: makeTrigger(
      workspace,
      user.id,
      spot.kind === "message"
        ? { channel: spot.conversation.id }
        : {
            ...(spot.view.type === "modal" ? { view: spot.view.id } : {}),
            ...(spot.view.openedIn ? { channel: spot.view.openedIn } : {}),
          },
    ),
    ...(spot.kind === "message"
      ? {
          state: { values: copy(messageState(spot.message, user.id)) },
          response_url: makeResponseUrl(workspace, user.id, spot.conversation.id, spot.message.ts),
        }
      : {}),
    actions: [action(workspace, block, element, chosen)],
  };
}

function action(
  workspace: Workspace,
  block: Block,
  element: Element,
  chosen: StateValue | undefined,
): Payload {
  const common = { action_id: element.action_id, block_id: block.block_id };
  const ts = { type: element.type, action_ts: nextTs(workspace) };
  if (element.type === "button") {
    const { text, value, style, url } = element;
    return { ...common, text, ...optional({ value, style, url }), ...ts };
  }
  const kind = kinds[element.type];
  const initial =
    kind && element[kind.initial] !== undefined ? { [kind.initial]: element[kind.initial] } : {};
  const { type: _type, ...held } = chosen ?? { type: element.type };
  return { ...common, ...held, ...initial, ...optional({ placeholder: element.placeholder }), ...ts };
}

export function blockSuggestion(
  workspace: Workspace,
  user: User,
  spot: Spot,
  block: Block,
  element: Element,
  query: string,
): Payload {
  return {
    type: "block_suggestion",
    ...who(workspace, user, false),
    ...where(workspace, user, spot),
    action_id: element.action_id,
    block_id: block.block_id,
    value: query,
  };
}

/** `responseUrls`: of each select with `response_url_enabled` the conversation that was chosen. */
export function viewSubmission(workspace: Workspace, user: User, view: View): Payload {
  return {
    type: "view_submission",
    ...who(workspace, user, false),
    trigger_id: makeTrigger(workspace, user.id, {
      view: view.id,
      ...(view.openedIn ? { channel: view.openedIn } : {}),
    }),
    view: copy(viewForApi(workspace, view)),
    response_urls: responseUrlsOf(workspace, user, view),
  };
}

function responseUrlsOf(workspace: Workspace, user: User, view: View): Payload[] {
  return view.blocks.flatMap((block) => {
    const element = block.type === "input" ? (block.element as Element) : undefined;
    if (element?.response_url_enabled !== true) return [];
    const chosen = view.state[block.block_id]?.[element.action_id];
    const channel = (chosen?.selected_conversation ?? chosen?.selected_channel) as string | null | undefined;
    if (!channel) return [];
    return [
      {
        block_id: block.block_id,
        action_id: element.action_id,
        channel_id: channel,
        response_url: makeResponseUrl(workspace, user.id, channel),
      },
    ];
  });
}

export function viewClosed(workspace: Workspace, user: User, view: View, isCleared: boolean): Payload {
  return {
    type: "view_closed",
    ...who(workspace, user, false),
    view: copy(viewForApi(workspace, view)),
    is_cleared: isCleared,
  };
}

/** The envelope of the Events API around one event. */
export function eventCallback(workspace: Workspace, event: Payload): Payload {
  const { teamId, appId, botUserId } = workspace.settings;
  return {
    token: verificationToken,
    team_id: teamId,
    context_team_id: teamId,
    context_enterprise_id: null,
    api_app_id: appId,
    event: { ...event, event_ts: nextTs(workspace) },
    type: "event_callback",
    event_id: `Ev${nextId(workspace, "0")}${randomBytes(2).toString("hex").toUpperCase()}`,
    event_time: Math.floor(workspace.clock.now() / 1000),
    authorizations: [
      {
        enterprise_id: null,
        team_id: teamId,
        user_id: botUserId,
        is_bot: true,
        is_enterprise_install: false,
      },
    ],
    is_ext_shared_channel: false,
  };
}

function who(workspace: Workspace, user: User, withUsername: boolean): Payload {
  const { teamId, domain, appId } = workspace.settings;
  return {
    team: { id: teamId, domain },
    user: { id: user.id, ...(withUsername ? { username: user.name } : {}), name: user.name, team_id: teamId },
    api_app_id: appId,
    token: verificationToken,
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Of an ephemeral message Slack sends the container only, not the message: the app must know what stood there. */
function where(workspace: Workspace, _user: User, spot: Spot): Payload {
  if (spot.kind === "view")
    return {
      container: { type: "view", view_id: spot.view.id },
      view: copy(viewForApi(workspace, spot.view)),
    };
  const { conversation, message } = spot;
  const isEphemeral = message.ephemeralFor !== undefined;
  return {
    container: {
      type: "message",
      message_ts: message.ts,
      channel_id: conversation.id,
      is_ephemeral: isEphemeral,
    },
    channel: { id: conversation.id, name: payloadName(conversation) },
    ...(isEphemeral ? {} : { message: copy(messageForApi(workspace, message)) }),
  };
}

function optional(fields: Payload): Payload {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Payloads are kept in the journal: they must not change with what they showed. */
function copy<T extends Payload | StateValues>(value: T): T {
  return structuredClone(value);
}
