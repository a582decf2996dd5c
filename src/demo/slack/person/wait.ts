import type { Workspace } from "../workspace/workspace.ts";

/**
 * Resolves with the first value of `look` that is neither undefined nor false nor null: looks at once, after every change
 * of the workspace and every 50 ms. Rejects after `timeoutMs` of real time; `what` says what was waited for.
 */
export function waitFor<T>(
  workspace: Workspace,
  look: () => T | undefined | false | null,
  timeoutMs: number,
  what: () => string,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const attempt = () => {
      try {
        const found = look();
        if (found === undefined || found === false || found === null) return;
        stop();
        resolve(found);
      } catch (error) {
        stop();
        reject(error as Error);
      }
    };
    const stop = () => {
      workspace.onChange.delete(attempt);
      clearInterval(ticks);
      clearTimeout(limit);
    };
    const ticks = setInterval(attempt, 50);
    const limit = setTimeout(() => {
      stop();
      reject(new Error(`Waited ${timeoutMs} ms in vain for ${what()}`));
    }, timeoutMs);
    workspace.onChange.add(attempt);
    attempt();
  });
}
