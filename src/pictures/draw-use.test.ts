import { createCanvas, loadImage } from "@napi-rs/canvas";
import { expect, test } from "vitest";
import { drawUse, type UsePicture, useInWords } from "./draw-use.ts";
import type { DrawnMinute } from "./lanes.ts";

const start = Date.parse("2026-11-27T10:00:00Z");
const at = (minute: number) => new Date(start + minute * 60_000);

const rests = (n: number): DrawnMinute => ({
  at: at(n),
  devices: [{ id: "GPU-0", sign: "idle", usePercent: 0, memoryMiB: 0 }],
  cpuSeconds: 0,
  memoryMiB: 0,
  failed: [],
});
const hour = Array.from({ length: 60 }, (_, n) => rests(n));

const picture: UsePicture = {
  project: "vision",
  minutes: hour,
  from: at(0),
  to: at(60),
  timeZone: "Europe/Berlin",
  devices: [{ id: "GPU-0", name: "GPU 0", memoryMiB: 40_960 }],
  cpus: 16,
  memoryGiB: 32,
};

/** What is to be seen in the middle of the first strip, so far into the hour: `#rrggbb`. */
async function colourAt(png: Buffer, minute: number): Promise<string> {
  const image = await loadImage(png);
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  // Beside the grid's lines: half way between the strip's middle and its floor.
  const { data } = context.getImageData(Math.round(130 + (minute / 60) * 800), 173, 1, 1);
  return `#${Buffer.from(data.slice(0, 3)).toString("hex")}`;
}

test("a picture is a PNG, wide enough for a screen and small enough for a message", async () => {
  const png = await drawUse(picture);
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  const { width, height } = await loadImage(png);
  expect([width, height]).toEqual([960, 636]);
  expect(png.length).toBeLessThan(300_000);
});

test("what nobody saw is grey, and nothing used is not", async () => {
  const png = await drawUse({ ...picture, minutes: [...hour.slice(0, 20), ...hour.slice(41)] });
  expect(await colourAt(png, 10.5)).toBe("#ffffff");
  expect(await colourAt(png, 32.5)).toBe("#e8e8e8");
  expect(await colourAt(await drawUse(picture), 32.5)).toBe("#ffffff");
});

test("the same minutes give the same picture, and where it began to idle is another", async () => {
  const [first, again, idle] = [
    await drawUse(picture),
    await drawUse(picture),
    await drawUse({ ...picture, idleSince: at(20) }),
  ];
  expect(first.equals(again)).toBe(true);
  expect(idle.equals(first)).toBe(false);
});

test("nothing at all is known: a picture all the same", async () => {
  const png = await drawUse({ ...picture, minutes: [] });
  expect(await colourAt(png, 10.5)).toBe("#e8e8e8");
});

test("who can't see it reads what it shows", () => {
  expect(useInWords(picture)).toBe(
    "What vision used in the last 60 minutes: GPU, GPU memory, CPU and memory",
  );
});
