import { EngineRefused, EngineSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import type { RegistryLogins } from "./build.ts";
import { loginFor } from "./build-session.ts";
import type { Call } from "./call.ts";

/** A registry that says nothing for this long has hung. */
const quietLimitMs = 5 * 60_000;

/** Pulls one tag (never all of them). Progress is the share of the bytes known so far: whole percent, never backwards. */
export async function pullImage(
  call: Call,
  clock: Clock,
  ref: string,
  onProgress: (percent: number) => void,
  signal: AbortSignal,
  logins: RegistryLogins = {},
): Promise<void> {
  const hung = new AbortController();
  const ended = new AbortController();
  let heardAt = clock.monotonicMs();
  const dog = watchdog();
  try {
    const query = { fromImage: withTag(ref) };
    const both = AbortSignal.any([signal, hung.signal]);
    const lines = await call.stream({
      method: "POST",
      path: "/images/create",
      query,
      ...signIn(ref, logins),
      limitMs: 60_000,
      signal: both,
    });
    if (lines === "gone")
      throw new EngineRefused(`There is no image ${ref} in its registry, or it is not open to everyone.`);
    const layers = new Map<string, { done: number; total: number }>();
    let toldAt = Number.NEGATIVE_INFINITY;
    let told = -1;
    let rest = "";
    for await (const chunk of lines) {
      heardAt = clock.monotonicMs();
      const parts = (rest + String(chunk)).split("\n");
      rest = parts.pop() ?? "";
      for (const part of parts) take(part, layers);
      const percent = share(layers);
      if (percent <= told || heardAt - toldAt < 1000) continue;
      told = percent;
      toldAt = heardAt;
      onProgress(percent);
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (hung.signal.aborted) throw new EngineSilent(`The pull of ${ref} has said nothing for 5 minutes.`);
    if (error instanceof EngineRefused || error instanceof EngineSilent) throw error;
    throw new EngineSilent(`The pull of ${ref} broke off: ${String(error)}`);
  } finally {
    ended.abort();
    await dog;
  }

  async function watchdog(): Promise<void> {
    while (!ended.signal.aborted) {
      await clock.sleep(10_000, ended.signal);
      if (clock.monotonicMs() - heardAt > quietLimitMs) return hung.abort();
    }
  }
}

function take(line: string, layers: Map<string, { done: number; total: number }>): void {
  if (!line.trim()) return;
  const told = JSON.parse(line) as {
    id?: string;
    status?: string;
    error?: string;
    progressDetail?: { current?: number; total?: number };
  };
  if (told.error) {
    if (passing.test(told.error)) throw new EngineSilent(`The registry does not answer: ${told.error}`);
    throw new EngineRefused(`The pull was refused: ${told.error}`);
  }
  const { current, total } = told.progressDetail ?? {};
  if (told.id && told.status === "Downloading" && total) layers.set(told.id, { done: current ?? 0, total });
  const layer = told.id ? layers.get(told.id) : undefined;
  if (layer && (told.status === "Download complete" || told.status === "Pull complete"))
    layer.done = layer.total;
}

/** Errors of a registry that another try may not meet. */
const passing =
  /timeout|timed out|connection (refused|reset)|no such host|temporary failure|EOF|too ?many ?requests|unavailable|bad gateway/i;

function share(layers: Map<string, { done: number; total: number }>): number {
  let done = 0;
  let total = 0;
  for (const layer of layers.values()) {
    done += layer.done;
    total += layer.total;
  }
  return total === 0 ? 0 : Math.floor((100 * done) / total);
}

/** As a reference is read: its first part is a host if it looks like one. */
function signIn(ref: string, logins: RegistryLogins): { headers?: Record<string, string> } {
  const [first = "", ...more] = ref.split("/");
  const isHost = more.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const host = isHost ? first : "docker.io";
  const login = loginFor(logins, host);
  if (!login) return {};
  const words = JSON.stringify({ ...login, serveraddress: host });
  // With its padding: without it older engines read nothing, and say nothing.
  const coded = Buffer.from(words).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
  return { headers: { "X-Registry-Auth": coded } };
}

/** Without a tag the engine would pull every tag there is. */
function withTag(ref: string): string {
  return /@|:[^/]+$/.test(ref) ? ref : `${ref}:latest`;
}
