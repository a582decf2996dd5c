import type { CatalogueRow } from "../../images/catalogue.ts";
import type { RowThere } from "../../images/catalogue-there.ts";
import { counted, gigabytes } from "../../sentence.ts";
import { button } from "../define-action.ts";
import { bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { pullNow, seeCatalogue } from "../pressables.ts";
import { buttons, context, type KnownBlock, type Message, saying, section } from "./blocks.ts";

const rowsAPage = 15;
/** What a button carries back. */
const mostLetters = 100;

/** For admins: rows of the catalogue from that one on, and whether each is on the server. */
export function catalogueMessage(all: readonly RowThere[], query: string, from = 0): Message {
  const asked = query.trim().slice(0, mostLetters);
  const first = Math.min(Math.max(0, from), Math.max(0, all.length - 1));
  const shown = all.slice(first, first + rowsAPage);
  const summary = summaryOf(all, asked);
  if (shown.length === 0)
    return {
      text: summary,
      blocks: [
        saying(`Nothing in the catalogue fits “${asked}”.`),
        ...buttons([button(seeCatalogue, "Show all", { query: "", from: 0 })]),
      ],
    };
  const last = first + shown.length;
  const silent = all.some(({ there }) => there === undefined);
  return {
    text: summary,
    blocks: [
      section(bold(summary)),
      ...(silent
        ? [context(mrkdwn`The server does not answer at the moment: what it has is not known.`)]
        : []),
      ...shown.map((one) => rowBlock(one, asked, first)),
      context(
        mrkdwn`${first + 1} to ${last} of ${all.length}. Find others with ${code("/berth catalogue pytorch 2.8")}; rows are added, and marked as house images, in catalogue.yaml.`,
      ),
      ...buttons([
        first > 0
          ? button(seeCatalogue, "Back", { query: asked, from: Math.max(0, first - rowsAPage) })
          : undefined,
        last < all.length ? button(seeCatalogue, "More", { query: asked, from: last }) : undefined,
        button(seeCatalogue, "Refresh", { query: asked, from: first }),
      ]),
    ],
  };
}

function summaryOf(all: readonly RowThere[], asked: string): Mrkdwn {
  const there = all.filter((one) => one.there).length;
  const what = counted(all.length, "base image");
  const found =
    asked === "" ? mrkdwn`The catalogue has ${plain(what)}` : mrkdwn`${plain(what)} for “${plain(asked)}”`;
  return mrkdwn`${found}, ${there === 0 ? mrkdwn`none` : there} of them on the server.`;
}

function rowBlock(one: RowThere, query: string, from: number): KnownBlock {
  const { row, because } = one;
  const name = joined(
    [
      mrkdwn`${bold(plain(`${row.framework} ${row.version}`))}  ${code(row.name)}`,
      row.house ? mrkdwn`house image` : undefined,
      where(one),
    ],
    "  ·  ",
  );
  const facts = because === undefined ? factsOf(row) : mrkdwn`:no_entry_sign: ${plain(because)}`;
  const canPull = one.there === false && one.fetching === undefined && because === undefined;
  return section(
    joined([name, facts], "\n"),
    canPull ? button(pullNow, "Pull now", { name: row.name, query, from }) : undefined,
  );
}

function where({ there, fetching }: RowThere): Mrkdwn {
  if (fetching !== undefined) return mrkdwn`:arrow_down: on its way, ${fetching} %`;
  if (there === undefined) return mrkdwn`not known`;
  return there
    ? mrkdwn`:white_check_mark: on the server, ${plain(gigabytes(there.sizeBytes))}`
    : mrkdwn`not on the server`;
}

/** "Ubuntu 22.04, Python 3.11, CUDA 12.6.3, driver 560.35.05" */
function factsOf({ os, python, cuda, min_driver, architectures, pip }: CatalogueRow): Mrkdwn {
  const parts = [
    os,
    python && `Python ${python}`,
    cuda && `CUDA ${cuda}`,
    min_driver && `driver ${min_driver} or newer`,
    architectures.length > 0 ? `for ${architectures.join(", ")}` : "no GPU needed",
    pip.length > 0 ? counted(pip.length, "package added", "packages added") : undefined,
  ];
  return plain(parts.filter(Boolean).join(", "));
}
