import { once } from "node:events";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { type Demo, type DemoOptions, startDemo } from "./demo.ts";

const usage = `npm run demo -- [options]
  --tour            everything without a person: drives the page's people and a real ssh, and tells the story
  --json            with --tour: the story for machines
  --gpus nvidia     the running container engine and the real GPUs instead of simulated ones
  --port <n>        of the page (default 8400)
  --state <folder>  where the demo keeps what it made`;

/** `npm run demo`: starts everything, says where the page is, and stops it all at Ctrl-C. Returns the exit code. */
export async function runDemo(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      tour: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      gpus: { type: "string", default: "simulated" },
      port: { type: "string" },
      state: { type: "string" },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return 0;
  }
  const options = demoOptions(values);
  if (values.tour) {
    const { tour } = await import("./tour/tour.ts");
    return tour(options, { json: values.json });
  }
  return untilInterrupted(options);
}

function demoOptions(values: {
  gpus: string;
  port?: string;
  state?: string;
  tour: boolean;
  json: boolean;
}): DemoOptions {
  const isRoot = process.getuid?.() === 0 && !process.env.BERTH_NO_ENGINE;
  if (values.gpus !== "simulated" && values.gpus !== "nvidia")
    throw new Error(`--gpus is simulated or nvidia, not ${values.gpus}.`);
  const port = Number(values.port ?? 8400);
  if (!Number.isInteger(port) || port < 0 || port > 65535)
    throw new Error("--port is a number from 0 to 65535.");
  const inCheckout = join(import.meta.dirname, "../../.berth");
  // As root the ledger runs as a user of its own, who can't look into somebody's home.
  const base = values.state
    ? resolve(values.state)
    : process.getuid?.() === 0
      ? "/var/lib/berth-demo"
      : join(inCheckout, "demo");
  const began = performance.now();
  return {
    stateDir: values.tour ? join(base, "tour") : join(base, "lab"),
    cacheDir: join(base, "cache"),
    kind: values.gpus === "nvidia" ? "nvidia" : isRoot ? "simulated" : "memory",
    dockerHost: process.env.DOCKER_HOST ?? "unix:///var/run/docker.sock",
    port: values.tour ? 0 : port,
    say: (sentence) => {
      if (!values.json)
        console.log(`${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s  ${sentence}`);
    },
  };
}

async function untilInterrupted(options: DemoOptions): Promise<number> {
  const interrupted = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => interrupted.abort());
  const { signal } = interrupted;
  signal.addEventListener("abort", () => console.log("\nStopping …"));
  let demo: Demo;
  try {
    demo = await startDemo({ ...options, signal });
  } catch (error) {
    if (!signal.aborted) throw error;
    console.log("Stopped before it was ready. The next start goes on from what is there.");
    return 130;
  }
  options.say("Ready");
  console.log(`
  The workspace:   ${demo.slack.url}
  Try as Ana:      /container-deploy vision
  What is kept in: ${options.stateDir} (log: berth.log, limits: policy.yaml)
  ${demo.server.pretends ?? ""}

  Ctrl-C stops all of it; the next start finds everything as you left it.`);
  if (!signal.aborted) await once(signal, "abort");
  await demo.stop();
  console.log("Stopped. Workspaces, images and the ledger are kept.");
  return 0;
}
