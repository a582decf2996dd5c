import { afterEach, beforeEach, expect, test } from "vitest";
import { type FrontDesk, openDesk, wordsIn } from "./front-desk.ts";

let desk: FrontDesk;

beforeEach(async () => {
  desk = await openDesk();
});
afterEach(async () => {
  await desk.end();
});

const card = (words: string, who: "ana" | "ben" | "dmitri" = "ana") =>
  desk[who].waitForMessage("dm", (message) => !message.ephemeral && wordsIn(message.blocks).includes(words));

test("one card goes through the whole life of a container, by its buttons", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  const ready = await card("ready");
  expect(ana.confirmText(ready, "Stop")).toContain("Everything that runs in it ends");
  await ana.click(ready, "Stop", { confirmed: true });
  const stopped = await card("stays yours until");
  expect(stopped.ts).toBe(ready.ts);

  await ana.click(stopped, "Resume");
  const again = await card("ssh -p 22000");
  expect(again.ts).toBe(ready.ts);
  await ana.click(again, "Stop", { confirmed: true });
  await ana.click(await card("stays yours until"), "Free it now", { confirmed: true });
  const freed = await card("It holds no GPU.");
  expect(JSON.stringify(freed.blocks)).not.toContain("Free it now");

  expect(ana.confirmText(freed, "Retire")).toContain("whatever you installed outside /workspace is lost");
  await ana.click(freed, "Retire", { confirmed: true });
  const retired = await card("are untouched");
  expect(retired.ts).toBe(ready.ts);
  await ana.click(retired, "New container");
  const form = await ana.waitForModal((modal) => modal.submit !== undefined);
  expect(form.state.project?.project).toMatchObject({ value: "vision" });
});

test("the same by typing: list, stop, run, retire with a question that names the loss", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --cpu-only");
  await card("ready");
  await ana.type("/container-list");
  const list = await ana.waitForMessage("dm", "You have 1 container: vision (running");
  expect(wordsIn(list.blocks)).toContain("SSH config");
  await ana.type("/container-run vision");
  await ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && wordsIn(message.blocks).includes("ssh -p 22000"),
  );
  await ana.type("/container-stop vision");
  await card("Your files and its image are kept, and what you installed");
  await ana.type("/container-run vision");
  await card("ssh -p 22000");
  await ana.type("/container-retire vision");
  const question = await ana.waitForModal((modal) => wordsIn(modal.blocks).includes("Retire *vision*?"));
  expect(wordsIn(question.blocks)).toContain("what you installed outside `/workspace` is lost");
  await ana.click("modal", "Retire", { confirmed: true });
  await card("are untouched");
  await ana.type("/container-list");
  await ana.waitForMessage("dm", "You have no containers.");
});

test("whoever waits sees place and reason, is told anew when it starts, and the old message points on", async () => {
  const { ana, ben, dmitri } = desk;
  await ana.type("/container-deploy one --gpus 2");
  await card("ready");
  await ben.type("/container-deploy two --gpus 2");
  await card("ready", "ben");
  await dmitri.type("/container-deploy three --gpus 2");
  const waiting = await card("waiting, 1st in the line", "dmitri");
  await dmitri.type("/gpu-status");
  const board = await dmitri.waitForMessage(
    "dm",
    (message) => message.ephemeral && wordsIn(message.blocks).includes("0 of 4 GPUs are free."),
  );
  expect(wordsIn(board.blocks)).toContain("1 request in the line");
  expect(wordsIn(board.blocks)).toContain("*ana* (one)");
  await ben.type("/container-retire two");
  await ben.waitForModal((modal) => wordsIn(modal.blocks).includes("Retire *two*?"));
  await ben.click("modal", "Retire", { confirmed: true });
  const granted = await dmitri.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("*three*  ·  ready"),
  );
  expect(granted.ts).not.toBe(waiting.ts);
  await dmitri.waitForMessage(
    "dm",
    (message) =>
      message.ts === waiting.ts && wordsIn(message.blocks).includes("goes on in a newer message below"),
  );
});

test("leaving the line is one click; pressed after the grant it stops nothing", async () => {
  const { ana, ben } = desk;
  await ana.type("/container-deploy one --gpus 2");
  await ana.type("/container-deploy one-b --gpus 2");
  await ben.type("/container-deploy two --gpus 2");
  await card("ready", "ben");
  await ana.type("/container-deploy late --gpus 1");
  const waiting = await card("waiting");
  await ana.click(waiting, "Leave the line", { confirmed: true });
  const left = await card("left the line");
  expect(left.ts).toBe(waiting.ts);
});

test("SSH config, Can't connect? and Why? open as windows", async () => {
  const { ana } = desk;
  await ana.type("/container-deploy vision --gpus 1");
  const ready = await card("ready");
  await ana.click(ready, "SSH config");
  const config = await ana.waitForModal("Host vision.berth");
  const words = wordsIn(config.blocks);
  for (const part of [
    "HostName gpu1.example.org",
    "vscode://vscode-remote/ssh-remote+vision.berth/workspace",
    "-L 8888:localhost:8888",
    "rsync -av",
  ])
    expect(words).toContain(part);
  await ana.click("modal", "Can't connect?");
  const check = await ana.waitForModal(
    (modal) => modal.title.text === "Can't connect?" && wordsIn(modal.blocks).includes("It runs."),
  );
  expect(wordsIn(check.blocks)).toContain("SSH answers on its port");
  await ana.close({ all: true });
  await ana.click(ready, "Why?");
  const why = await ana.waitForModal("SSH answers with the right host key.");
  expect(wordsIn(why.blocks)).toContain("seconds since grant");
  expect(wordsIn(why.blocks)).toContain("Given GPU 0: the first in the line");
});

test("limits as bars, and Home with one's own containers, published when something changed", async () => {
  const { ana, slack } = desk;
  await ana.openHome();
  const empty = await ana.waitForHome("My limits");
  expect(wordsIn(empty.blocks)).toContain("4 of 4 GPUs are free.");
  const published = slack.journal.calls("views.publish").length;
  await ana.openHome();
  await ana.type("/container-deploy vision --gpus 1");
  const home = await ana.waitForHome((view) =>
    wordsIn(view.blocks).includes("*vision*  ·  running on GPU 0"),
  );
  expect(wordsIn(home.blocks)).toContain("3 of 4 GPUs are free.");
  expect(slack.journal.calls("views.publish").length).toBeGreaterThan(published);
  await ana.click("home", "Open");
  await ana.waitForModal("ssh -p 22000");
  await ana.close();
  await ana.click("home", "My limits");
  await ana.waitForModal("1 of 2");
  await ana.close();
  await ana.click("home", "Who has which GPU?");
  await ana.waitForModal("*ana* (vision)");
  await ana.close();
  await ana.type("/limits");
  await ana.waitForMessage(
    "dm",
    (message) => message.ephemeral && wordsIn(message.blocks).includes("▰▰▰▰▰▱▱▱▱▱  1 of 2"),
  );
});

test("Home says the next step to those who are not in yet, and why to those who may not be", async () => {
  const { eve, slack } = desk;
  await eve.openHome();
  await eve.waitForHome("Choose my user name");
  const guest = slack.as("UGUEST");
  await guest.openHome();
  await guest.waitForHome("Guests of this workspace can't use the");
});

test("with a prefix every command and every word about commands has it", async () => {
  await desk.end();
  desk = await openDesk({ prefix: "lab-" });
  const { ana } = desk;
  await ana.type("/lab-berth help");
  const help = await ana.waitForMessage("dm", "I am Berth");
  expect(wordsIn(help.blocks)).toContain("`/lab-container-deploy`");
  await ana.type("/lab-container-stop vision");
  await ana.waitForMessage("dm", (message) =>
    wordsIn(message.blocks).includes("/lab-container-deploy makes one."),
  );
});
