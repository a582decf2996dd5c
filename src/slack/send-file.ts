import { z } from "zod";
import type { OutgoingFile } from "./answer.ts";
import type { Room } from "./room.ts";

const uploadTimeoutMs = 60_000;

const taken = z.object({ upload_url: z.url(), file_id: z.string().min(1) });

/** Puts a file into a conversation, as a message of its own. `channel`: its id; a person's will not do. Throws what Slack says. */
export async function sendFile(room: Room, channel: string, file: OutgoingFile): Promise<void> {
  const { files } = room.clients.sending;
  const { name } = file;
  const isPicture = "png" in file;
  const bytes = isPicture ? file.png : Buffer.from(file.text, "utf8");
  const answer = taken.parse(
    await files.getUploadURLExternal({
      filename: name,
      length: bytes.length,
      ...(isPicture ? { alt_txt: file.shows.slice(0, 1000) } : {}),
    }),
  );
  const response = await fetch(safeUrl(room, answer.upload_url), {
    method: "POST",
    body: new Uint8Array(bytes),
    headers: { "content-type": "application/octet-stream" },
    redirect: "error",
    signal: AbortSignal.timeout(uploadTimeoutMs),
  });
  if (!response.ok) throw new Error(`Slack answered ${response.status} to an upload`);
  await files.completeUploadExternal({ files: [{ id: answer.file_id, title: name }], channel_id: channel });
}

/** To somebody's conversation with the app, where that is not known yet. */
export async function sendFileTo(
  room: Room,
  slackUserId: string,
  file: OutgoingFile,
  text: string,
): Promise<void> {
  const { channel } = await room.clients.sending.chat.postMessage({
    channel: slackUserId,
    text,
    unfurl_links: false,
  });
  if (!channel) throw new Error("Slack took a message and did not say where it is");
  await sendFile(room, channel, file);
}

/** What a build printed may hold what its member would not show to all the world on the way. */
function safeUrl(room: Room, url: string): URL {
  const address = new URL(url);
  const api = new URL(room.clients.answering.slackApiUrl);
  if (address.protocol === "https:" || address.origin === api.origin) return address;
  throw new Error(
    `Slack wants an upload at ${address.protocol}//${address.host}, which is readable on the way`,
  );
}
