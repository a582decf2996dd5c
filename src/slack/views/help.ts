import { nearest } from "../../policy/nearest.ts";
import { capital } from "../../sentence.ts";
import type { CommandWords } from "../answer.ts";
import { button } from "../define-action.ts";
import { type Command, usageOf } from "../define-command.ts";
import { bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { addKey, newContainer, seeHelp } from "../pressables.ts";
import { withPrefix } from "../with-prefix.ts";
import { buttons, context, divider, type Message, section } from "./blocks.ts";

export type Topic = { name: string; lines: readonly string[] };

/** A word in backticks is shown as one that can be copied. */
export const topics: readonly Topic[] = [
  {
    name: "first steps",
    lines: [
      "1.  Choose your user name, once. An admin may have to let you in.",
      "2.  Add the public half of your SSH key: `/ssh-key add`. If you have none, `ssh-keygen -t ed25519` makes one.",
      "3.  `/container-deploy vision` asks what you need and starts it. `vision` is a name of your choosing for the work.",
      "4.  I send you a card with one line such as `ssh -p 22001 ana@gpu1.example.org`. Paste it in a terminal, and you are in.",
      "5.  *SSH config* on the card has what VS Code, Jupyter and rsync need.",
    ],
  },
  {
    name: "daily use",
    lines: [
      "`/container-list` shows your containers with their buttons; `/gpu-status` shows who has which GPU and who waits.",
      "Going home for a while? `/container-stop vision` keeps files and installed packages, and the GPU for a short time. `/container-run vision` brings it back with all of that, on whatever GPU is free.",
      "Each container ends when its hours are over. I write an hour before and again 15 minutes before, and so does its terminal; `/container-extend vision 4`, or the button, lets it run longer.",
      "`/container-stats vision` says what it uses at this moment, and sends a picture of its last hours.",
      "What should happen before a stop goes into `~/.berth/before-stop`: a program of yours that is begun 15 minutes before and has 5 minutes. `~/.berth/ends-at` has the hour.",
      "Done with it? `/container-retire vision` frees the GPU at once. Others will thank you.",
      "If nothing is free your request waits in the line, and I write when it starts. `/gpu-queue` shows your place, when it may be your turn and what could start now instead; `/limits` what you may have.",
    ],
  },
  {
    name: "files and persistence",
    lines: [
      "`/workspace` is yours and outlives everything: stop, retire, deploy again, and your files are there.",
      "What you install elsewhere in the container lives as long as the container: it survives stop and run, also on another GPU, but not retire.",
      "Editor settings, caches and shell history are kept in `/workspace/.home`.",
      "Copy with `rsync`, `scp` or `sftp`; *SSH config* on the card has the line to copy.",
      "Shared data sets, if your admins offer some, are below `/data`.",
    ],
  },
  {
    name: "custom images",
    lines: [
      "An image is what is installed when a container starts. `/container-deploy` offers the server's own; type to search.",
      "`pip install` in a container works without sudo. It stays until you retire the container.",
      "A `requirements.txt` in `/workspace` brings it all back in one line: `pip install -r /workspace/requirements.txt`.",
    ],
  },
  {
    name: "managing containers",
    lines: [
      "`/container-deploy vision --gpus 2 --hours 12` starts at once, without a form. `--mig 3g.20gb` takes a slice of a GPU, `--cpu-only` none.",
      "One project has one container. Its SSH name, port and host key stay the same for good.",
      "`/container-stop vision` · `/container-run vision` · `/container-retire vision`, or the buttons on its card.",
      "*Why?* on the card, or `/berth why vision`, says what happened last and by which rule and numbers.",
    ],
  },
  {
    name: "when it won't start",
    lines: [
      "It waits: the card says for what, when it may start, and what would help: something smaller that is free now, or one of your own to stop. `/gpu-queue` shows your place as it is now, `/gpu-status` the whole line.",
      "Your place is the time you asked at, and later the more GPU-hours you held this week. Who is at a limit of their own is passed over and keeps the place; an admin may put somebody first, and everyone reads why.",
      "It failed: the card says why; *Try again* opens the form.",
      "SSH says no: *Can't connect?* on the card looks from the server's side and says what is wrong.",
      "SSH asks about a fingerprint the first time: compare it with the one on the card.",
      "Still stuck? Send an admin what *Why?* shows.",
    ],
  },
];

export function helpOverview(commands: readonly CommandWords[], prefix: string, isAdmin: boolean): Message {
  const shown = commands.filter((command) => isAdmin || !command.forAdmins);
  const lines = shown.map((command) => mrkdwn`${code(command.name)}  ${plain(command.summary)}`);
  const text = mrkdwn`I am Berth: ask me for a container with a GPU, and you get an SSH command back.`;
  return {
    text,
    blocks: [
      section(mrkdwn`${text} ${code(`/${prefix}container-deploy vision`)} is all it takes.`),
      section(joined(lines, "\n")),
      context(mrkdwn`Put ${code("--help")} behind any of them to see more.`),
      ...(isAdmin ? [section(adminHelp(prefix))] : []),
      divider(),
      ...buttons(topics.slice(0, 3).map(topicButton), "help-1"),
      ...buttons(topics.slice(3).map(topicButton), "help-2"),
      ...buttons(
        [
          button(newContainer, "New container", {}, { style: "primary" }),
          button(addKey, "Add an SSH key", {}),
        ],
        "help-3",
      ),
    ],
  };
}

/** The same words, without the slash, in a shell on the server: for the day Slack is down. */
const adminLines: readonly string[] = [
  "`/berth events gpu 3` · `/berth events ana/vision`  what happened and why, the newest first; `ana`, `gpu1` or nothing, too",
  '`/berth drain "new disks"` · `/berth drain gpu 3 "too hot"`  nothing new is given out there; `/berth drain off` ends it',
  '`/berth drain from friday 18:00 "new disks"`  and what runs there is stopped then, with both messages before it',
  '`/berth pause "the new driver"` · `/berth pause off`  nothing is given out anywhere; what runs goes on',
  '`/berth stop ana/vision "disk full"`  in 15 minutes; `at 18:00` before the reason, or `now`',
  '`/berth first ana/vision "demo at 15:00"` · `/berth members` · `/berth approvals` · `/berth catalogue` · `/berth disk` · `/berth report`',
];

function adminHelp(prefix: string): Mrkdwn {
  const lines = adminLines.map((line) => copyableWords(withPrefix(line, prefix)));
  return joined([bold(mrkdwn`For admins`), ...lines], "\n");
}

/** Undefined if there is no such topic, and none that it must be. */
export function helpTopic(name: string, prefix: string): Message | undefined {
  const wanted = name.toLowerCase().replaceAll("’", "'").trim();
  const found = topics.find((topic) => topic.name === wanted) ?? nearestTopic(wanted);
  if (!found) return undefined;
  const text = mrkdwn`Help: ${plain(found.name)}`;
  return {
    text,
    blocks: [
      section(bold(plain(capital(found.name)))),
      section(
        joined(
          found.lines.map((line) => copyableWords(withPrefix(line, prefix))),
          "\n",
        ),
      ),
      ...buttons([button(seeHelp, "All topics", {})]),
    ],
  };
}

export function commandHelp(command: Command, prefix: string): Message {
  const text = mrkdwn`${code(usageOf(command, prefix))}: ${plain(command.summary)}.`;
  const examples = command.examples.map((example) => code(withPrefix(example, prefix)));
  return {
    text,
    blocks: [
      section(mrkdwn`${code(usageOf(command, prefix))}\n${plain(command.summary)}.`),
      context(mrkdwn`For example: ${joined(examples, "  ·  ")}`),
    ],
  };
}

function topicButton(topic: Topic) {
  return button(seeHelp, capital(topic.name), { topic: topic.name });
}

function nearestTopic(wanted: string): Topic | undefined {
  const begun = topics.filter((topic) => topic.name.startsWith(wanted));
  if (wanted.length >= 3 && begun.length === 1) return begun[0];
  const [near] = nearest(
    wanted,
    topics.map((topic) => topic.name),
  );
  return near === undefined ? undefined : topics.find((topic) => topic.name === near);
}

/** Lines of our own, with markup of our own: asterisks and backticks in them are meant. */
function copyableWords(line: string): Mrkdwn {
  return joined(
    line.split(/(`[^`]*`|\*[^*]*\*)/).map((part) => {
      if (part.startsWith("`") && part.length > 1) return code(part.slice(1, -1));
      if (part.startsWith("*") && part.length > 1) return bold(plain(part.slice(1, -1)));
      return plain(part);
    }),
    "",
  );
}
