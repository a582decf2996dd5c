import type { GpuOverview } from "../../gpu/overview.ts";
import { at, bold, code, mrkdwn, plain } from "../mrkdwn.ts";
import { type KnownBlock, section } from "./blocks.ts";
import { shortly } from "./board-size.ts";

/** What an admin keeps from being granted, and why. */
export function halts({ pause, drains }: GpuOverview): KnownBlock[] {
  const paused = pause
    ? [
        section(
          mrkdwn`:double_vertical_bar:  Berth is paused by ${bold(plain(pause.by))} since ${at(pause.setAt)}: ${shortly(pause.reason)}. What runs goes on; nothing new is given out meanwhile.`,
        ),
      ]
    : [];
  const drained = drains
    .filter(({ gpuUuid }) => gpuUuid === null)
    .map(({ nodeId, by, setAt, reason, endsAt }) => {
      const ends = endsAt ? mrkdwn` What runs there is stopped ${at(endsAt)}.` : mrkdwn``;
      return section(
        mrkdwn`:construction:  The server ${code(nodeId)} is being drained by ${bold(plain(by))} since ${at(setAt)}: ${shortly(reason)}. It gives nothing new out.${ends}`,
      );
    });
  return [...paused, ...drained];
}

/** Servers that give nothing out. */
export function nodeTrouble({ nodes }: GpuOverview): KnownBlock[] {
  return nodes
    .filter((node) => node.state !== "up")
    .map((node) =>
      section(
        mrkdwn`:warning:  The server ${code(node.id)} is ${plain(node.state)} since ${at(node.stateSince)}${node.reason ? mrkdwn`: ${shortly(node.reason)}` : mrkdwn``}. It gives nothing out meanwhile.`,
      ),
    );
}
