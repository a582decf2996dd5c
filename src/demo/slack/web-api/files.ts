import { z } from "zod";
import { fileForApi, startFile } from "../workspace/files.ts";
import { addMessage } from "../workspace/messages.ts";
import type { StoredFile, Workspace } from "../workspace/workspace.ts";
import { reached } from "./chat.ts";
import { ApiError, defineMethod, type Method } from "./method.ts";

export const fileMethods: readonly Method[] = [
  defineMethod({
    name: "files.getUploadURLExternal",
    scopes: ["files:write"],
    args: z.looseObject({
      filename: z.string().min(1),
      length: z.coerce.number().int().positive(),
      alt_txt: z.string().max(1000).optional(),
    }),
    run(workspace, args) {
      const file = startFile(workspace, workspace.settings.botUserId, args.filename);
      file.sizeBytes = args.length;
      if (args.alt_txt) file.alt = args.alt_txt;
      return { upload_url: `${workspace.url}/upload/${file.id}`, file_id: file.id };
    },
  }),
  defineMethod({
    name: "files.completeUploadExternal",
    scopes: ["files:write"],
    args: z.looseObject({
      files: z.array(z.looseObject({ id: z.string(), title: z.string().optional() })).min(1),
      channel_id: z.string().optional(),
      initial_comment: z.string().optional(),
      thread_ts: z.string().optional(),
    }),
    run(workspace, args) {
      const files = args.files.map(({ id }) => uploaded(workspace, id));
      // Unlike a message, a file can't be sent to a person's id or a channel's name.
      if (args.channel_id !== undefined && !workspace.conversations.has(args.channel_id))
        throw new ApiError("channel_not_found");
      const channel = args.channel_id === undefined ? undefined : reached(workspace, args.channel_id);
      for (const [i, file] of files.entries())
        Object.assign(file, { complete: true, title: args.files[i]?.title ?? file.name });
      if (channel !== undefined)
        addMessage(workspace, channel, workspace.settings.botUserId, {
          text: args.initial_comment ?? "",
          files: files.map((file) => file.id),
          ...(args.thread_ts ? { threadTs: args.thread_ts } : {}),
        });
      return { files: files.map((file) => fileForApi(workspace, file)) };
    },
  }),
  defineMethod({
    name: "files.info",
    scopes: ["files:read"],
    args: z.looseObject({ file: z.string().min(1) }),
    run(workspace, args) {
      const file = workspace.files.get(args.file);
      if (!file?.complete || !file.forApp) throw new ApiError("file_not_found");
      return { file: fileForApi(workspace, file) };
    },
  }),
];

function uploaded(workspace: Workspace, id: string): StoredFile {
  const file = workspace.files.get(id);
  const own = file?.user === workspace.settings.botUserId && !file.complete;
  if (!own || file.bytes.length === 0) throw new ApiError("file_not_found");
  return file;
}
