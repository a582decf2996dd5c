import { clipped, type Mrkdwn, sentence } from "../mrkdwn.ts";

/** How much of it is shown. `letters`: of a reason, which is whole on the card of whoever it concerns; `name`: of a project. */
export type Size = { isBrief: boolean; devices: number; inLine: number; letters: number; name: number };
export const whole: Size = { isBrief: false, devices: 120, inLine: 25, letters: 200, name: 40 };

export type Shown = { names: "handle" | "none"; now: Date };

/** `more`: behind how many more there are. */
export type Drawn = Shown & Size & { memory: (bytes: number) => string; more: Mrkdwn };

export function shortly(text: string, letters = whole.letters): Mrkdwn {
  return clipped(sentence(text), letters);
}
