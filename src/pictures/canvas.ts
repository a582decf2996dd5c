import { fileURLToPath } from "node:url";

/** In whatever is drawn: the machine may have no fonts, or others. */
export const fontFamily = "Berth Inter";

type Drawing = { canvas: typeof import("@napi-rs/canvas"); chart: typeof import("chart.js") };
let loading: Promise<Drawing> | undefined;

/**
 * The libraries that draw, loaded when the first picture is asked for: a third of a second that the bot's start doesn't pay.
 * Throws where they are not installed for this machine.
 */
export function drawing(): Promise<Drawing> {
  loading ??= load().catch((error: unknown) => {
    loading = undefined;
    throw error;
  });
  return loading;
}

async function load(): Promise<Drawing> {
  const [canvas, chart] = await Promise.all([import("@napi-rs/canvas"), import("chart.js")]);
  for (const file of [
    import.meta.resolve("@fontsource/inter/files/inter-latin-400-normal.woff2"),
    import.meta.resolve("@fontsource/inter/files/inter-latin-600-normal.woff2"),
  ]) {
    if (!canvas.GlobalFonts.registerFromPath(fileURLToPath(file), fontFamily))
      throw new Error(`the font of pictures can't be read: ${file}`);
  }
  const { Chart, LinearScale, LineController, LineElement, PointElement, Filler } = chart;
  Chart.register(LinearScale, LineController, LineElement, PointElement, Filler);
  return { canvas, chart };
}
