import { expect, test } from "vitest";
import { commandsFor, usageOf } from "./completion.js";

const commands = ["/container-deploy", "/container-list", "/gpu-status", "/limits"].map((command) => ({
  command,
  description: "",
  usageHint: "",
  appName: "Berth",
}));
const offered = (text: string) => commandsFor(text, commands).map((one) => one.command);

test.each([
  ["/", ["/container-deploy", "/container-list", "/gpu-status", "/limits"]],
  ["/Con", ["/container-deploy", "/container-list"]],
  ["/li", ["/limits", "/container-list"]],
  ["/nothing", []],
  ["/limits ", []],
  ["say /limits", []],
  ["", []],
])("%s offers %s", (text, names) => {
  expect(offered(text)).toEqual(names);
});

test("the usage is that of the command being typed", () => {
  expect(usageOf("/gpu-status now", commands)?.command).toBe("/gpu-status");
  expect(usageOf("/gpu-status", commands)).toBeUndefined();
  expect(usageOf("/gpu now", commands)).toBeUndefined();
});
