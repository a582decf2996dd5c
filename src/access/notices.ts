import { insideContainer } from "./places.ts";

type Whose = { handle: string; uid: number };

/**
 * What to run in a member's container, as root, to say when it ends: `endsAt` is written to `~/.berth/ends-at`, `text` on every
 * terminal of the member's. It takes 2 s at most, and nothing comes of it if a terminal takes nothing.
 */
export function noticeCommand(
  { handle, uid }: Whose,
  { endsAt, text }: { endsAt: string; text: string },
): string[] {
  return ["/bin/sh", `${insideContainer.scripts}/notice.sh`, handle, String(uid), endsAt, text];
}

/**
 * What to run in a member's container, as root, to begin the member's own `~/.berth/before-stop` as the member: once for each
 * end, and never longer than five minutes. It answers at once: `begun`, `before` (it was begun already) or `none`.
 */
export function beforeStopCommand(
  { handle, uid }: Whose,
  { endId, endsAt }: { endId: number; endsAt: string },
): string[] {
  const script = `${insideContainer.scripts}/before-stop.sh`;
  return ["/bin/sh", script, handle, String(uid), String(endId), endsAt, String(beforeStopSeconds)];
}

/** SIGTERM; SIGKILL ten seconds later, when the five minutes are over. */
const beforeStopSeconds = 290;
