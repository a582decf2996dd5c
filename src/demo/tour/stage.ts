import { appendFile } from "node:fs/promises";
import { join } from "node:path";
import type { Demo } from "../demo.ts";
import { people } from "../lab/people.ts";
import type { Person } from "../slack/person/person.ts";
import type { Message } from "../slack/person-api.ts";
import { accepted, cardOf, wordsOf } from "./screen.ts";
import { type Terminal, terminal } from "./sign-in.ts";
import { expectSo, type Story } from "./story.ts";

/** What every chapter is told on, and what its people do again and again. */
export type Stage = { demo: Demo; story: Story; knownHosts: string; stateDir: string };

export const buildLimitMs = 240_000;

export const retiredWords = /· {2}retired/;

export function at(demo: Demo, name: string): Person {
  const person = people.find((one) => one.name === name);
  expectSo(person, `${name} in the lab`);
  return demo.slack.as(person.id);
}

export function keyOf(demo: Demo, name: string) {
  const key = demo.keys.get(at(demo, name).id);
  expectSo(key, `a key for ${name}`);
  return key;
}

export function terminalOf({ demo, knownHosts, stateDir }: Stage, name: string): Terminal {
  const { privateKeyPath } = keyOf(demo, name);
  return terminal({ privateKeyPath, knownHosts, controlPath: join(stateDir, "ssh-control") });
}

/** The host key comes from what Berth shows, as a person would take it. */
export async function knowHost({ knownHosts }: Stage, person: Person, card: Message): Promise<string> {
  accepted(await person.click(card, "SSH config"));
  const view = await person.waitForModal((modal) => /HostKeyAlias/.test(JSON.stringify(modal.blocks)));
  const words = wordsOf({ text: "", blocks: view.blocks });
  const known = /^\S+ ssh-ed25519 \S+$/m.exec(words)?.[0];
  expectSo(known, "a known_hosts line");
  await appendFile(knownHosts, `${known}\n`);
  accepted(await person.close({ all: true }));
  return words;
}

export async function newestReady(person: Person, project: string): Promise<Message> {
  await cardOf(person, project, /is ready/);
  const newest = person.messages("dm").findLast((message) => message.text.includes(`*${project}* is ready`));
  expectSo(newest, `a card of ${project} that is ready`);
  return newest;
}
