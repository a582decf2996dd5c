import { Refusal } from "../errors.ts";
import type { SentFile } from "./answer.ts";
import type { Room } from "./room.ts";

/** More than any list of packages or Dockerfile that a person wrote. */
export const mostFileKiB = 256;
const downloadTimeoutMs = 5_000;

/**
 * A file that somebody handed over with a form, as text. Slack is asked where it lies: an address in a form would be a
 * hint, and our token goes there. Throws a `Refusal` at the field `file`.
 */
export async function readSentFile(room: Room, slackUserId: string, fileId: string): Promise<SentFile> {
  const { file } = await room.clients.answering.files.info({ file: fileId });
  const name = file?.name ?? file?.title ?? "the file";
  if (!file || file.user !== slackUserId)
    throw refused("not-your-file", "That file is not one that you handed over.", "Choose it once more.");
  if ((file.size ?? 0) > mostFileKiB * 1024) throw tooBig(name);
  const url = new URL(file.url_private_download ?? file.url_private ?? "about:blank");
  if (!isSlacks(room, url)) throw new Error(`Slack keeps a file at ${url.host}, where our token must not go`);
  const response = await fetch(url, {
    headers: { authorization: `Bearer ${room.settings.botToken}` },
    redirect: "error",
    signal: AbortSignal.timeout(downloadTimeoutMs),
  });
  if (!response.ok || !response.body) throw new Error(`Slack answered ${response.status} to a download`);
  const bytes = await atMost(response.body, mostFileKiB * 1024);
  if (bytes === undefined) throw tooBig(name);
  const text = textOf(bytes);
  if (text === undefined)
    throw refused(
      "not-text",
      `“${name}” is no text that I can read.`,
      "Save it as plain text (UTF-8) and hand it over again.",
    );
  return { name, text };
}

/** Slack's own hosts, and in a workspace of one's own the one that answers us there. */
function isSlacks(room: Room, url: URL): boolean {
  if (url.protocol === "https:" && /(^|\.)slack(-gov)?\.com$/.test(url.hostname)) return true;
  return url.origin === new URL(room.clients.answering.slackApiUrl).origin;
}

async function atMost(body: ReadableStream<Uint8Array>, most: number): Promise<Buffer | undefined> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of body) {
    length += part.byteLength;
    if (length > most) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function textOf(bytes: Buffer): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return text.includes("\0") ? undefined : text;
  } catch {
    return undefined;
  }
}

function tooBig(name: string): Refusal {
  return refused(
    "file-too-big",
    `“${name}” is larger than ${mostFileKiB} kB.`,
    "A list of packages is a few lines; is it the right file?",
  );
}

function refused(reason: string, message: string, hint: string): Refusal {
  return new Refusal(reason, message, { field: "file", hint });
}
