import type { Clock } from "../clock.ts";
import type { Faults } from "../faults.ts";
import type { Journal } from "../journal.ts";
import type { Manifest } from "../manifest.ts";
import type {
  Block,
  Extras,
  FileShown,
  Option,
  PlainText,
  StateValues,
  Timestamp,
  UserId,
} from "../person-api.ts";
import type { Settings } from "../settings.ts";

/** Everything the simulated Slack knows. One mutable whole; whoever changes it calls `changed`. */
export type Workspace = {
  readonly settings: Settings;
  readonly manifest: Manifest;
  readonly clock: Clock;
  readonly journal: Journal;
  readonly faults: Faults;
  /** The address people and apps reach it at, without a slash at the end. Known once it listens. */
  url: string;
  readonly users: Map<UserId, User>;
  readonly conversations: Map<string, Conversation>;
  /** Of each person the open modals, the lowest first. */
  readonly modals: Map<UserId, View[]>;
  readonly homes: Map<UserId, View>;
  readonly triggers: Map<string, Trigger>;
  readonly responseUrls: Map<string, ResponseUrl>;
  readonly files: Map<string, StoredFile>;
  banner: string | undefined;
  extras: Extras | ((user: UserId) => Extras | undefined) | undefined;
  appConnected: () => boolean;
  version: number;
  lastTsMicros: number;
  lastId: number;
  readonly onChange: Set<() => void>;
};

export type User = {
  id: UserId;
  name: string;
  realName: string;
  title?: string;
  email?: string;
  color: string;
  tz: string;
  isBot: boolean;
  isGuest: boolean;
  isAdmin: boolean;
  deleted: boolean;
  updatedMs: number;
};

export type Conversation = {
  id: string;
  kind: "channel" | "dm";
  name: string;
  topic?: string;
  isPrivate: boolean;
  members: Set<UserId>;
  messages: Message[];
};

export type Message = {
  ts: Timestamp;
  user: UserId;
  text: string;
  blocks?: Block[];
  files?: string[];
  editedTs?: Timestamp;
  threadTs?: Timestamp;
  metadata?: unknown;
  pinned: boolean;
  /** Only this person sees it, and no method of the Web API can reach it. */
  ephemeralFor?: UserId;
  /** What each person chose in its selects and inputs. */
  states: Map<UserId, StateValues>;
  /** Options the app offered in its external selects: `block_id action_id` -> those seen. */
  suggested: Map<string, Option[]>;
};

export type View = {
  id: string;
  user: UserId;
  type: "modal" | "home";
  title?: PlainText;
  submit?: PlainText;
  close?: PlainText;
  blocks: Block[];
  privateMetadata: string;
  callbackId: string;
  externalId: string;
  clearOnClose: boolean;
  notifyOnClose: boolean;
  hash: string;
  rootId: string;
  previousId: string | null;
  state: StateValues;
  suggested: Map<string, Option[]>;
  errors: Record<string, string>;
  submitting: boolean;
  revision: number;
  /** The conversation the person was in when the stack was opened, for `default_to_current_conversation`. */
  openedIn: string | undefined;
};

export type Trigger = { user: UserId; madeMs: number; used: boolean; view?: string; channel?: string };

export type ResponseUrl = {
  user: UserId;
  channel: string;
  madeMs: number;
  uses: number;
  /** The message the click came from, if it was one. */
  original?: Timestamp;
};

export type StoredFile = Omit<FileShown, "url"> & {
  user: UserId;
  bytes: Buffer;
  createdMs: number;
  /** Whether the upload was completed (only then it exists for others). */
  complete: boolean;
  /** Whether the app was given it: it uploaded it itself, or somebody handed it over with a form. */
  forApp: boolean;
};

/** Something anybody might see has changed: wakes the page, the waits of tests and the state file. */
export function changed(workspace: Workspace): void {
  workspace.version += 1;
  for (const listener of [...workspace.onChange]) listener();
}

/** Slack's message id: seconds and microseconds, never the same twice. */
export function nextTs(workspace: Workspace): Timestamp {
  workspace.lastTsMicros = Math.max(workspace.lastTsMicros + 1, workspace.clock.now() * 1000);
  const seconds = Math.floor(workspace.lastTsMicros / 1_000_000);
  return `${seconds}.${String(workspace.lastTsMicros % 1_000_000).padStart(6, "0")}`;
}

/** An id of Slack's form, such as `V0000001A`. */
export function nextId(workspace: Workspace, letter: string): string {
  workspace.lastId += 1;
  return letter + workspace.lastId.toString(36).toUpperCase().padStart(9, "0");
}
