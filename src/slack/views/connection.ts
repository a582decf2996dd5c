import type { ConnectionCheck } from "../../access/connection-check.ts";
import type { Instructions } from "../../access/instructions.ts";
import type { ContainerView } from "../../ledger/queries/container-views.ts";
import { button } from "../define-action.ts";
import { at, bold, code, joined, type Mrkdwn, mrkdwn, plain } from "../mrkdwn.ts";
import { addKey, runContainer } from "../pressables.ts";
import { buttons, copyable, type ModalView, page, section } from "./blocks.ts";

/** What the server sees of a member who can't sign in, and what to do about the first thing that is wrong. */
export function connectionPage(
  check: ConnectionCheck,
  view: ContainerView,
  how: Instructions,
  sshHost: string,
): ModalView {
  const { container, project } = view;
  const noKeys = check.keys !== "unknown" && check.keys.length === 0;
  return page("Can't connect?", [
    section(joined([running(check), ssh(check), keys(check), lastSignIn(check)], "\n")),
    section(verdict(check, project.name, sshHost)),
    ...(check.wellHere
      ? [
          section(mrkdwn`This shows where it gets stuck; send its output to an admin:`),
          copyable(how.command.replace(/^ssh /, "ssh -v ")),
        ]
      : []),
    ...buttons([
      noKeys ? button(addKey, "Add an SSH key", {}, { style: "primary" }) : undefined,
      container.state === "stopped"
        ? button(runContainer, "Resume", { containerId: container.id }, { style: "primary" })
        : undefined,
    ]),
  ]);
}

const good = mrkdwn`:white_check_mark:`;
const bad = mrkdwn`:x:`;
const unknown = mrkdwn`:grey_question:`;

function running({ running }: ConnectionCheck): Mrkdwn {
  if (running === "yes") return mrkdwn`${good}  It runs.`;
  return running === "no"
    ? mrkdwn`${bad}  It does not run.`
    : mrkdwn`${unknown}  Whether it runs could not be found out.`;
}

function ssh({ ssh }: ConnectionCheck): Mrkdwn {
  if (ssh === "ready") return mrkdwn`${good}  SSH answers on its port, with its own host key.`;
  if (ssh === "wrong-key") return mrkdwn`${bad}  Something answers on its port, but with another host key.`;
  return mrkdwn`${bad}  SSH does not answer on its port.`;
}

function keys({ keys }: ConnectionCheck): Mrkdwn {
  if (keys === "unknown") return mrkdwn`${unknown}  Which keys are in could not be read.`;
  if (keys.length === 0) return mrkdwn`${bad}  None of your keys is in.`;
  const each = keys.map((key) => mrkdwn`${code(key.fingerprint)} ${plain(key.comment)}`);
  return mrkdwn`${good}  These keys open it: ${joined(each, ", ")}`;
}

function lastSignIn({ lastSignIn }: ConnectionCheck): Mrkdwn {
  if (lastSignIn === "unknown") return mrkdwn`${unknown}  The last sign-in could not be read.`;
  return lastSignIn === "never"
    ? mrkdwn`${unknown}  Nobody has signed in yet.`
    : mrkdwn`${good}  Last sign-in ${at(lastSignIn)}.`;
}

function verdict(check: ConnectionCheck, project: string, sshHost: string): Mrkdwn {
  if (check.wellHere)
    return mrkdwn`${bold(mrkdwn`All is well on this side.`)} Then it is the network between you and ${code(sshHost)} (the VPN?), or the key: compare ${code("ssh-add -l")} with the fingerprints above.`;
  if (check.running === "no") return mrkdwn`${bold(plain(project))} has to run before you can sign in.`;
  if (check.ssh === "wrong-key")
    return mrkdwn`Don't sign in; tell an admin: another program uses this container's port.`;
  return mrkdwn`Try again in a minute; if it stays like this, tell an admin.`;
}
