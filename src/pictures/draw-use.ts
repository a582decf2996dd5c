import type { ChartConfiguration, Plugin, ScaleOptionsByType } from "chart.js";
import { drawing, fontFamily } from "./canvas.ts";
import { hourTicks, spanInWords, wallTime } from "./hour-ticks.ts";
import { gapsIn, type Lane, type LanesOf, lanesOf } from "./lanes.ts";

export type UsePicture = LanesOf & {
  /** Whose clock the hours are written by: `Europe/Berlin`. */
  timeZone: string;
  /** Above the picture. */
  project: string;
  /** From then on it is idle: a line is drawn there. */
  idleSince?: Date;
};

/** Slack shows a picture at half of this and less, so that everything is drawn for that. */
const width = 960;
const laneHeight = 132;
const headHeight = 64;
const footHeight = 44;
const leftWidth = 120;
const titleWidth = 330;
const colours = {
  paper: "#ffffff",
  ink: "#1d1c1d",
  quiet: "#616061",
  grid: "#dddddd",
  gap: "#e8e8e8",
  idle: "#b3261e",
};
const lineColours = ["#1264a3", "#c4572b", "#2e7d32", "#7b3fa0", "#00838f", "#ad1457", "#6d4c41", "#455a64"];

/**
 * A PNG of what a container used, minute by minute between two instants: a strip each for its devices' use and memory, CPU
 * and memory; those of its devices alone are left out where it has none. Every minute of which nothing is known is a grey
 * gap, never zero. The same values give the same picture. Takes some 50 ms, and a third of a second more the first time;
 * throws where the drawing library can't be loaded.
 */
export async function drawUse(picture: UsePicture): Promise<Buffer> {
  const { canvas, chart } = await drawing();
  const lanes = lanesOf(picture);
  const sheet = canvas.createCanvas(width, headHeight + lanes.length * laneHeight + footHeight);
  const drawn = new chart.Chart(sheet as never, configuration(picture, lanes));
  try {
    return await sheet.encode("png");
  } finally {
    drawn.destroy();
  }
}

/** What the picture shows, in words: for who can't see it. */
export function useInWords({ project, from, to }: Pick<UsePicture, "project" | "from" | "to">): string {
  return `What ${project} used in the last ${spanInWords(from, to)}: GPU, GPU memory, CPU and memory`;
}

function configuration(picture: UsePicture, lanes: readonly Lane[]): ChartConfiguration<"line"> {
  const [from, to] = [picture.from.getTime(), picture.to.getTime()];
  const ticks = hourTicks(picture.from, picture.to, picture.timeZone);
  return {
    type: "line",
    data: {
      datasets: lanes.flatMap(({ lines }, lane) =>
        lines.map(({ points }, i) => ({
          data: points.map(({ x, y }) => ({ x, y: y as number })),
          yAxisID: axisOf(lane),
          borderColor: colourOf(i),
          backgroundColor: `${colourOf(i)}${lines.length > 1 ? "00" : "2e"}`,
          fill: "origin",
          borderWidth: 3,
        })),
      ),
    },
    options: {
      animation: false,
      responsive: false,
      devicePixelRatio: 1,
      events: [],
      parsing: false,
      normalized: true,
      spanGaps: false,
      elements: { point: { radius: 0 }, line: { tension: 0, borderJoinStyle: "round" } },
      layout: { padding: { top: headHeight, right: 28, left: 8, bottom: 4 } },
      scales: {
        x: {
          type: "linear",
          min: from,
          max: to,
          afterBuildTicks: (axis) => {
            axis.ticks = ticks.map(({ at }) => ({ value: at.getTime() }));
          },
          ticks: {
            callback: (value) => ticks.find(({ at }) => at.getTime() === value)?.label ?? "",
            color: colours.quiet,
            font: font(22),
            autoSkip: false,
            maxRotation: 0,
          },
          grid: { color: colours.grid },
          border: { color: colours.grid },
        },
        ...Object.fromEntries(lanes.map((lane, i) => [axisOf(i), axis(lane, lanes.length - i)])),
      },
    },
    plugins: [paper(picture, lanes), gaps(lanes), titles(lanes), idleLine(picture)],
  };
}

/** Chart.js puts the axes of a stack above each other, the first at the bottom: weights turn that round. */
function axis({ top, marks }: Lane, weight: number): Partial<ScaleOptionsByType<"linear">> {
  return {
    type: "linear",
    position: "left",
    stack: "lanes",
    weight,
    min: 0,
    // Room above for the strip's title.
    max: top * 1.5,
    afterBuildTicks: (scale: { ticks: { value: number }[] }) => {
      scale.ticks = marks.map(({ at }) => ({ value: at }));
    },
    afterFit: (scale: { width: number }) => {
      scale.width = leftWidth;
    },
    ticks: {
      callback: (value: string | number) => marks.find(({ at }) => at === value)?.label ?? "",
      color: colours.quiet,
      font: font(19),
      autoSkip: false,
    },
    grid: { color: colours.grid },
    border: { display: false },
  } as unknown as Partial<ScaleOptionsByType<"linear">>;
}

function paper(picture: UsePicture, lanes: readonly Lane[]): Plugin<"line"> {
  const { project, from, to } = picture;
  return {
    id: "paper",
    beforeDraw({ ctx, width, height }) {
      ctx.fillStyle = colours.paper;
      ctx.fillRect(0, 0, width, height);
      ctx.textBaseline = "middle";
      ctx.textAlign = "left";
      ctx.font = css(28, 600);
      ctx.fillStyle = colours.ink;
      const name = clippedTo(titleWidth, project, (text) => ctx.measureText(text).width);
      ctx.fillText(name, 20, headHeight / 2);
      const behind = 20 + ctx.measureText(name).width + 14;
      ctx.font = css(24);
      ctx.fillStyle = colours.quiet;
      ctx.fillText(`the last ${spanInWords(from, to)}`, behind, headHeight / 2);
      drawKey(ctx, width - 28, keyOf(picture, lanes));
    },
  };
}

function clippedTo(most: number, text: string, widthOf: (text: string) => number): string {
  if (widthOf(text) <= most) return text;
  let letters = text.length - 1;
  while (letters > 1 && widthOf(`${text.slice(0, letters)}…`) > most) letters -= 1;
  return `${text.slice(0, letters)}…`;
}

type Context = import("@napi-rs/canvas").SKRSContext2D;
type Key = { words: string; is: "gap" | "idle" };

/** What else is to be seen in the picture, and what it means. */
function keyOf({ idleSince, from, to, timeZone }: UsePicture, lanes: readonly Lane[]): Key[] {
  const isIdleSeen = idleSince && idleSince >= from && idleSince <= to;
  const hasGaps = lanes.some(({ lines }) => gapsIn(allUnknown(lines)).length > 0);
  return [
    ...(isIdleSeen ? [{ words: `idle since ${wallTime(idleSince, timeZone)}`, is: "idle" } as const] : []),
    ...(hasGaps ? [{ words: "not known", is: "gap" } as const] : []),
  ];
}

/** From the right edge to the left. */
function drawKey(ctx: Context, right: number, key: readonly Key[]): void {
  let x = right;
  const y = headHeight / 2;
  ctx.font = css(22);
  ctx.textAlign = "right";
  for (const { words, is } of key) {
    ctx.fillStyle = is === "idle" ? colours.idle : colours.quiet;
    ctx.fillText(words, x, y);
    x -= ctx.measureText(words).width + 12;
    if (is === "gap") {
      ctx.fillStyle = colours.gap;
      ctx.fillRect(x - 26, y - 13, 26, 26);
    } else dashed(ctx, x - 8, y - 16, y + 16);
    x -= 50;
  }
}

function dashed(ctx: Context, x: number, above: number, below: number): void {
  ctx.save();
  ctx.strokeStyle = colours.idle;
  ctx.lineWidth = 3;
  ctx.setLineDash([8, 6]);
  ctx.beginPath();
  ctx.moveTo(x, above);
  ctx.lineTo(x, below);
  ctx.stroke();
  ctx.restore();
}

/** Grey, with a word where there is room for one: nobody is to take it for nothing used. */
function gaps(lanes: readonly Lane[]): Plugin<"line"> {
  return {
    id: "gaps",
    beforeDatasetsDraw({ ctx, scales }) {
      for (const [i, { lines, top }] of lanes.entries()) {
        const [x, y] = [scales.x!, scales[axisOf(i)]!];
        for (const { from, to } of gapsIn(allUnknown(lines))) {
          const [left, right] = [x.getPixelForValue(from), x.getPixelForValue(to)];
          const [above, below] = [y.getPixelForValue(top), y.getPixelForValue(0)];
          ctx.fillStyle = colours.gap;
          ctx.fillRect(left, above, Math.max(2, right - left), below - above);
          ctx.font = css(19);
          const word = "not known";
          if (ctx.measureText(word).width + 16 > right - left) continue;
          ctx.fillStyle = colours.quiet;
          ctx.textAlign = "center";
          ctx.textBaseline = "middle";
          ctx.fillText(word, (left + right) / 2, (above + below) / 2);
        }
      }
    },
  };
}

/** A strip is grey where none of its lines is known. */
function allUnknown(lines: Lane["lines"]) {
  const [first, ...others] = lines;
  return (first?.points ?? []).map(({ x, y }, i) => ({
    x,
    y: y ?? others.map(({ points }) => points[i]?.y ?? null).find((other) => other !== null) ?? null,
  }));
}

function titles(lanes: readonly Lane[]): Plugin<"line"> {
  return {
    id: "titles",
    afterDraw({ ctx, scales, chartArea }) {
      ctx.textBaseline = "middle";
      for (const [i, { title, of, lines, top }] of lanes.entries()) {
        const y = scales[axisOf(i)]!.getPixelForValue(top * 1.27);
        let x = chartArea.left + 6;
        const say = (text: string, weight: 400 | 600, colour: string) => {
          ctx.font = css(22, weight);
          ctx.textAlign = "left";
          ctx.fillStyle = colour;
          ctx.fillText(text, x, y);
          x += ctx.measureText(text).width + 10;
        };
        say(title, 600, colours.ink);
        if (of) say(of, 400, colours.quiet);
        for (const [line, { name }] of lines.entries()) if (name) say(name, 600, colourOf(line));
      }
    },
  };
}

function idleLine({ idleSince, from, to }: UsePicture): Plugin<"line"> {
  return {
    id: "idle-line",
    afterDatasetsDraw({ ctx, scales, chartArea }) {
      if (!idleSince || idleSince < from || idleSince > to) return;
      dashed(ctx, scales.x!.getPixelForValue(idleSince.getTime()), chartArea.top, chartArea.bottom);
    },
  };
}

function axisOf(lane: number): string {
  return `lane${lane}`;
}

function colourOf(line: number): string {
  return lineColours[line % lineColours.length]!;
}

function font(size: number) {
  return { family: fontFamily, size };
}

function css(size: number, weight: 400 | 600 = 400): string {
  return `${weight} ${size}px "${fontFamily}"`;
}
