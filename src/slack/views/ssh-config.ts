import type { Instructions } from "../../access/instructions.ts";
import { button } from "../define-action.ts";
import { code, link, mrkdwn, plain } from "../mrkdwn.ts";
import { cantConnect } from "../pressables.ts";
import { buttons, copyable, type ModalView, page, section } from "./blocks.ts";

/** All the ways in, to be copied. */
export function sshConfigPage(project: string, containerId: number, how: Instructions): ModalView {
  return page("SSH config", [
    section(
      mrkdwn`Put this in ${code("~/.ssh/config")} once; it stays right for ${plain(project)}, also after you retire it and deploy it again:`,
    ),
    copyable(how.configBlock),
    section(mrkdwn`Then ${code(`ssh ${how.host}`)} is enough, and so are these:`),
    section(
      mrkdwn`*VS Code* (with its Remote-SSH extension): ${link(how.vscodeUrl, "open /workspace")}, or in its command palette _Remote-SSH: Connect to Host_ and ${code(how.host)}.`,
    ),
    copyable(how.vscodeUrl),
    section(mrkdwn`*Jupyter*, with its port on your own machine:`),
    copyable(how.jupyterLine),
    section(mrkdwn`*Copy files*:`),
    copyable(how.rsyncLine),
    section(
      mrkdwn`*Who it is*: the first time, ssh shows ${code(how.fingerprint)}. This line in ${code("~/.ssh/known_hosts")} spares you the question:`,
    ),
    copyable(how.knownHostsLine),
    ...buttons([button(cantConnect, "Can't connect?", { containerId })]),
  ]);
}
