import { insideContainer } from "./places.ts";

/**
 * What to run in a member's container, as root, to end all SSH sessions that are open there. A container has one member, so
 * the handle only says whose they are. The server goes on, and so do jobs in tmux.
 */
export function endSessionsCommand(_handle: string): string[] {
  return ["/bin/sh", `${insideContainer.scripts}/end-sessions.sh`];
}
