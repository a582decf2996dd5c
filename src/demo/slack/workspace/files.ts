import { extname } from "node:path";
import type { StateValues, UserId } from "../person-api.ts";
import { nextId, type StoredFile, type Workspace } from "./workspace.ts";

const mimetypes: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".csv": "text/csv",
};

/** The most one file may have here; real Slack takes a gigabyte. */
export const mostFileBytes = 20 * 1024 * 1024;

export function startFile(workspace: Workspace, user: UserId, name: string): StoredFile {
  const file: StoredFile = {
    id: nextId(workspace, "F"),
    name,
    title: name,
    mimetype: mimetypes[extname(name).toLowerCase()] ?? "text/plain",
    sizeBytes: 0,
    user,
    bytes: Buffer.alloc(0),
    createdMs: workspace.clock.now(),
    complete: false,
    forApp: user === workspace.settings.botUserId,
  };
  workspace.files.set(file.id, file);
  return file;
}

/** What a payload to the app shows of files, the app may read from then on. */
export function handOver(workspace: Workspace, state: StateValues): void {
  for (const actions of Object.values(state))
    for (const { files } of Object.values(actions) as { files?: { id: string }[] }[])
      for (const { id } of files ?? []) {
        const file = workspace.files.get(id);
        if (file) file.forApp = true;
      }
}

export function fileForApi(workspace: Workspace, file: StoredFile): Record<string, unknown> {
  const download = `${workspace.url}/files-pri/${workspace.settings.teamId}-${file.id}/${encodeURIComponent(file.name)}`;
  return {
    id: file.id,
    created: Math.floor(file.createdMs / 1000),
    timestamp: Math.floor(file.createdMs / 1000),
    name: file.name,
    title: file.title,
    mimetype: file.mimetype,
    filetype: extname(file.name).slice(1) || "text",
    user: file.user,
    user_team: workspace.settings.teamId,
    size: file.sizeBytes,
    mode: "hosted",
    url_private: download,
    url_private_download: download,
    permalink: `${workspace.url}/files/${file.id}`,
  };
}
