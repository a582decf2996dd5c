import { type ChildProcess, execFile } from "node:child_process";
import { HostSilent } from "../errors.ts";
import type { Clock } from "../world.ts";
import type { GpuLinks, PhysicalGpu } from "./host.ts";
import { type ListedProcess, parseList, parsePlacements, parseQuery, parseTopology } from "./parse.ts";

const limitMs = 10_000;

export type NvidiaSmi = {
  /** Throws HostSilent when it does not answer within 10 s or what it says can't be read. */
  read(): Promise<{ driver: string; gpus: PhysicalGpu[]; processes: ListedProcess[] }>;
  /** Throws HostSilent as above. */
  links(): Promise<GpuLinks>;
};

export function nvidiaSmi(path: string, clock: Pick<Clock, "sleep">): NvidiaSmi {
  const hanging = new Set<string>();

  /** A driver in trouble keeps nvidia-smi in a wait no signal ends: it is left behind, and not called again until it is gone. */
  async function run(args: readonly string[]): Promise<{ stdout: string; failed: string | undefined }> {
    const what = `nvidia-smi ${args.join(" ")}`;
    if (hanging.has(what)) throw new HostSilent(`${what} still hangs since it was last called.`);
    let child: ChildProcess | undefined;
    const answer = new Promise<{ stdout: string; failed: string | undefined }>((resolve) => {
      child = execFile(
        path,
        [...args],
        // Nothing of our own environment: it holds tokens.
        { env: { PATH: process.env.PATH, LC_ALL: "C" }, maxBuffer: 32 * 1024 * 1024, killSignal: "SIGKILL" },
        (error, stdout, stderr) => {
          hanging.delete(what);
          if (error?.code === "ENOENT")
            return resolve({ stdout, failed: `There is no program ${path} on this machine.` });
          const said = `${stderr}${stdout}`.trim().split("\n")[0]?.slice(0, 200);
          resolve({
            stdout,
            failed: error ? `${what}: ${said || (error.code ?? error.message)}` : undefined,
          });
        },
      );
    });
    const wait = new AbortController();
    const late = clock.sleep(limitMs, wait.signal).then(() => "late" as const);
    const first = await Promise.race([answer, late]);
    wait.abort();
    if (first !== "late") return first;
    hanging.add(what);
    child?.kill("SIGKILL");
    throw new HostSilent(`${what} did not answer within ${limitMs / 1000} s.`);
  }

  async function list() {
    const { stdout, failed } = await run(["-L"]);
    const listed = parseList(stdout);
    // One GPU in trouble makes it fail although it lists the others: those are a good reading.
    if (failed !== undefined && listed.length === 0) throw new HostSilent(failed);
    return listed;
  }

  return {
    async read() {
      const [{ stdout: xml, failed }, listed] = await Promise.all([run(["-q", "-x"]), list()]);
      if (failed !== undefined && !xml.includes("</nvidia_smi_log>")) throw new HostSilent(failed);
      const cut = listed.some(({ slices }) => slices.length > 0);
      // Refused to whoever is not root, and by some drivers: then the slices have no known place.
      const placements = cut ? parsePlacements((await run(["mig", "-lgi"])).stdout) : [];
      try {
        return parseQuery(xml, listed, placements);
      } catch (cause) {
        throw new HostSilent(`nvidia-smi -q -x: ${(cause as Error).message}`);
      }
    },
    async links() {
      const [{ stdout, failed }, listed] = await Promise.all([run(["topo", "-m"]), list()]);
      if (failed !== undefined) throw new HostSilent(failed);
      return parseTopology(stdout, listed);
    },
  };
}
