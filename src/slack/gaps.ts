import type { Gap, SlackReach } from "../ends/reach.ts";
import type { Clock } from "../world.ts";

/** Older ones than these don't matter to anybody: Slack that goes away so often is away. */
const mostGaps = 200;

export type Gaps = {
  /** Slack reaches us from now on. Said again it changes nothing; so with `lost`. */
  back(): void;
  lost(): void;
  reach(): SlackReach;
};

/** When Slack could not reach us. It begins unreached. */
export function gapLog(clock: Clock): Gaps {
  const gaps: Gap[] = [{ from: clock.now(), until: undefined }];
  let since: Date | undefined;
  return {
    back() {
      if (since) return;
      since = clock.now();
      const last = gaps.at(-1);
      if (last) gaps[gaps.length - 1] = { ...last, until: since };
    },
    lost() {
      if (!since) return;
      since = undefined;
      gaps.push({ from: clock.now(), until: undefined });
      if (gaps.length > mostGaps) gaps.shift();
    },
    reach: () => ({ connectedSince: since, gaps: [...gaps] }),
  };
}
