import type { FileHandle } from "node:fs/promises";
import type { WorkspaceFile } from "./host.ts";
import { ensureDirectoryIn, openDirectory, openDirectoryIn, openIn, replaceIn } from "./inside.ts";
import { namesBelow, needsMarker } from "./workspaces.ts";

/** See `Host.workspaceFile`. */
export async function workspaceFile(
  root: string,
  path: string,
  name: string,
  maxBytes: number,
): Promise<WorkspaceFile> {
  await needsMarker(root);
  namesBelow(root, path);
  const steps = namesBelow("/", `/${name}`);
  const refused = (because: string): WorkspaceFile => ({ is: "refused", because });
  const held: FileHandle[] = [];
  try {
    let at = await openDirectory(path);
    held.push(at);
    for (const step of steps.slice(0, -1)) {
      at = await openDirectoryIn(at, step);
      held.push(at);
    }
    const file = await openIn(at, steps.at(-1) ?? "");
    held.push(file);
    const { size } = await file.stat().then((stat) => (stat.isFile() ? stat : { size: undefined }));
    if (size === undefined) return refused(`${name} is not a plain file.`);
    if (size > maxBytes)
      return refused(`${name} is larger than ${Math.floor(maxBytes / 1024)} KiB; that is no list to read.`);
    const bytes = await firstBytes(file, maxBytes);
    if (bytes === undefined) return refused(`${name} grows while it is read; try again.`);
    const text = bytes.toString("utf8");
    if (text.includes("\0") || !Buffer.from(text, "utf8").equals(bytes))
      return refused(`${name} is not a text file in UTF-8.`);
    return { is: "text", text };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return { is: "none" };
    if (code === "ELOOP" || code === "ENOTDIR")
      return refused(`${name} is a link, or lies behind one; links are not followed.`);
    if (code === "ENXIO" || code === "EACCES") return refused(`${name} is not a plain file.`);
    throw error;
  } finally {
    for (const one of held.reverse()) await one.close();
  }
}

/** See `Host.writeWorkspaceFiles`. */
export async function writeWorkspaceFiles(
  root: string,
  path: string,
  uid: number,
  files: ReadonlyMap<string, string>,
): Promise<void> {
  await needsMarker(root);
  namesBelow(root, path);
  for (const [name, text] of files) {
    const steps = namesBelow("/", `/${name}`);
    const held = [await openDirectory(path)];
    try {
      for (const step of steps.slice(0, -1))
        held.push(await ensureDirectoryIn(held.at(-1) as FileHandle, step, uid));
      await replaceIn(held.at(-1) as FileHandle, steps.at(-1) ?? "", text, { uid, mode: 0o644 });
    } finally {
      for (const one of held.reverse()) await one.close();
    }
  }
}

/** `undefined`: there is more. */
async function firstBytes(file: FileHandle, maxBytes: number): Promise<Buffer | undefined> {
  const buffer = Buffer.alloc(maxBytes + 1);
  let length = 0;
  for (;;) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length, length);
    if (bytesRead === 0) return buffer.subarray(0, length);
    length += bytesRead;
    if (length > maxBytes) return undefined;
  }
}
