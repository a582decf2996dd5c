import type { BuildView } from "../../ledger/queries/builds.ts";
import type { Container } from "../../ledger/schema.ts";
import { bold, code, joined, mrkdwn, plain } from "../mrkdwn.ts";
import { cancelBuildButton } from "../worded-buttons.ts";
import { buttons, type KnownBlock, type Message, section } from "./blocks.ts";

const mostShown = 20;

type Installed = NonNullable<Container["installed"]>;

export function hasInstalled(installed: Container["installed"]): installed is Installed {
  return Boolean(installed && installed.pip.length + installed.apt.length > 0);
}

/** "You installed by hand: `einops==0.8.0`, `sl`." Whatever a container said of itself is shown letter by letter. */
export function installedByHand(installed: Container["installed"]): KnownBlock[] {
  if (!hasInstalled(installed)) return [];
  const all = [...installed.pip, ...installed.apt];
  const shown = joined(all.slice(0, mostShown).map(code), ", ");
  const more = all.length - mostShown;
  return [
    section(
      mrkdwn`:package:  You installed by hand: ${shown}${more > 0 ? mrkdwn` and ${more} more` : mrkdwn``}. It is not in the image, so the next container will not have it${plain(more > 0 ? ": the button adds all of it." : ".")}`,
    ),
  ];
}

/** After the button: the image is on its way. */
export function installedAdded({ image, build }: BuildView, lines: readonly string[]): Message {
  const text = mrkdwn`${bold(plain(image.name))} is built anew with ${joined(lines.slice(0, mostShown).map(code), ", ")}${plain(lines.length > mostShown ? ` and ${lines.length - mostShown} more` : "")}.`;
  return {
    text,
    blocks: [
      section(
        mrkdwn`:hammer_and_wrench:  ${text}\nIts message in our conversation shows how far it is; until it is ready, ${bold(plain(image.name))} stays what it was.`,
      ),
      ...buttons([cancelBuildButton(build.id, image.name)]),
    ],
  };
}

/** Of a house image nothing can be changed: one of their own is made of it. */
export function addInstalledLabel({ buildId }: Pick<Container, "buildId">): string {
  return buildId === null ? "Make an image with it" : "Add to the image";
}
