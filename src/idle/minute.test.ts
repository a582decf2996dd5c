import { expect, test } from "vitest";
import { quietMinute } from "../../test/support/minute.ts";
import { type DeviceUse, type Minute, type Sign, signOf, signOfDevices } from "./minute.ts";

const device = (sign: Sign): DeviceUse => ({ id: `GPU-${sign}`, sign, usePercent: null, memoryMiB: 30_720 });

function minute(over: Partial<Minute>): Minute {
  return quietMinute(new Date(0), { devices: [device("idle")], ...over });
}

test.each<[string, Partial<Minute>, Sign]>([
  ["held GPU memory is not activity", {}, "idle"],
  ["any of its devices is enough", { devices: [device("idle"), device("active")] }, "active"],
  ["a quarter of a core on average is activity", { cpuSeconds: 15 }, "active"],
  ["less is none", { cpuSeconds: 14.9 }, "idle"],
  ["five MiB in and out are activity", { bytes: 5 * 1024 * 1024 }, "active"],
  ["less is none, as on an open connection", { bytes: 5 * 1024 * 1024 - 1 }, "idle"],
  ["typed input is activity", { hasInput: true }, "active"],
  [
    "one sign of life is enough, whatever can't be read",
    { cpuSeconds: 60, failed: ["gpu", "net"] },
    "active",
  ],
  [
    "a device that can't be read makes it unknown",
    { devices: [device("idle"), device("unknown")] },
    "unknown",
  ],
  ["so does the CPU", { failed: ["cpu"] }, "unknown"],
  ["and the network", { failed: ["net"] }, "unknown"],
  ["what was seen of a reading that failed counts as activity", { bytes: 9e6, failed: ["net"] }, "active"],
  ["without a GPU the rest counts", { devices: [] }, "idle"],
])("%s", (_sentence, over, sign) => {
  expect(signOf(minute(over))).toBe(sign);
});

test.each<[string, Partial<Minute>, Sign]>([
  ["neither a CPU nor a download stands for a device", { cpuSeconds: 960, bytes: 1e9 }, "idle"],
  ["nor need they be known", { failed: ["cpu", "net"] }, "idle"],
  ["a person at the keyboard does", { hasInput: true }, "active"],
  ["a device that can't be read is unknown", { devices: [device("unknown")] }, "unknown"],
])("of devices: %s", (_sentence, over, sign) => {
  expect(signOfDevices(minute(over))).toBe(sign);
});
