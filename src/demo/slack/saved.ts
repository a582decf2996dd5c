import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { z } from "zod";
import type { Conversation, Message, StoredFile, User, View, Workspace } from "./workspace/workspace.ts";

/**
 * The workspace in a file, so that a second start finds it as it was left: people, conversations, Home tabs, files. Open
 * modals, ephemerals, triggers and response_urls are gone, as they are after a day in real Slack.
 */

const format = 1;

type Saved = {
  format: number;
  lastTsMicros: number;
  lastId: number;
  users: User[];
  conversations: (Omit<Conversation, "members" | "messages"> & {
    members: string[];
    messages: SavedMessage[];
  })[];
  homes: (Omit<View, "suggested"> & { suggested?: never })[];
  files: (Omit<StoredFile, "bytes"> & { base64: string })[];
};
type SavedMessage = Omit<Message, "states" | "suggested">;

/** Only the outline is checked: the file is the simulator's own. */
const outline = z.looseObject({
  format: z.literal(format),
  users: z.array(z.unknown()),
  conversations: z.array(z.unknown()),
  homes: z.array(z.unknown()),
  files: z.array(z.unknown()),
});

function toJson(workspace: Workspace): string {
  const saved: Saved = {
    format,
    lastTsMicros: workspace.lastTsMicros,
    lastId: workspace.lastId,
    users: [...workspace.users.values()],
    conversations: [...workspace.conversations.values()].map((conversation) => ({
      ...conversation,
      members: [...conversation.members],
      messages: conversation.messages
        .filter((message) => message.ephemeralFor === undefined)
        .map(({ states: _states, suggested: _suggested, ...message }) => message),
    })),
    homes: [...workspace.homes.values()].map(({ suggested: _suggested, ...view }) => view),
    files: [...workspace.files.values()]
      .filter((file) => file.complete)
      .map(({ bytes, ...file }) => ({ ...file, base64: bytes.toString("base64") })),
  };
  return JSON.stringify(saved);
}

/** Puts what was saved into a fresh workspace; members and channels that are in the options but not in the file stay. */
function fromJson(workspace: Workspace, json: string): void {
  const saved = outline.parse(JSON.parse(json)) as unknown as Saved;
  workspace.lastTsMicros = saved.lastTsMicros;
  workspace.lastId = saved.lastId;
  for (const user of saved.users) workspace.users.set(user.id, user);
  for (const { members, messages, ...conversation } of saved.conversations)
    workspace.conversations.set(conversation.id, {
      ...conversation,
      members: new Set(members),
      messages: messages.map((message) => ({ ...message, states: new Map(), suggested: new Map() })),
    });
  for (const home of saved.homes) workspace.homes.set(home.user, { ...home, suggested: new Map() });
  for (const { base64, ...file } of saved.files)
    workspace.files.set(file.id, { ...file, bytes: Buffer.from(base64, "base64") });
}

export type Keeper = { close(): void };

const quietMs = 300;

/**
 * Reads the file if it is there, and writes it after every change, once it has been quiet for a moment. A file that can't be
 * read stops the start: it says so instead of starting empty over it.
 */
export function keepInFile(workspace: Workspace, file: string): Keeper {
  const before = readIfThere(file);
  if (before !== undefined) {
    try {
      fromJson(workspace, before);
    } catch (error) {
      throw new Error(
        `The simulated Slack's state in ${file} can't be read; move the file away to start afresh.`,
        {
          cause: error,
        },
      );
    }
  }
  let timer: NodeJS.Timeout | undefined;
  let writtenVersion = workspace.version;
  const write = () => {
    timer = undefined;
    if (writtenVersion === workspace.version) return;
    writtenVersion = workspace.version;
    writeWhole(file, toJson(workspace));
  };
  const onChange = () => {
    timer ??= setTimeout(write, quietMs);
  };
  workspace.onChange.add(onChange);
  return {
    close() {
      workspace.onChange.delete(onChange);
      clearTimeout(timer);
      write();
    },
  };
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** First beside it, then in its place, so that a kill in between leaves the old file whole. */
function writeWhole(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.new`, text, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}
