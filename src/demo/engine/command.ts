import { execFile } from "node:child_process";

/**
 * Runs a program to its end and gives what it printed. Throws with the program's own words if it fails or takes longer
 * than `limitSeconds`; `signal` ends it before.
 */
export function command(argv: readonly string[], limitSeconds = 20, signal?: AbortSignal): Promise<string> {
  const [program, ...args] = argv;
  const path = `${process.env.PATH}:/usr/local/sbin:/usr/sbin:/sbin`;
  const options = {
    timeout: limitSeconds * 1000,
    maxBuffer: 16 << 20,
    ...(signal ? { signal } : {}),
    env: { ...process.env, PATH: path, LC_ALL: "C" },
  };
  return new Promise((resolve, reject) => {
    execFile(program!, args, options, (error, out, complaint) => {
      if (!error) return resolve(out);
      const why = error.killed ? `took longer than ${limitSeconds} s` : complaint.trim() || error.message;
      reject(new Error(`\`${argv.join(" ")}\`: ${why}`));
    });
  });
}

/** True if the program ended well; false whatever else happened. */
export function succeeds(argv: readonly string[], limitSeconds = 20): Promise<boolean> {
  return command(argv, limitSeconds).then(
    () => true,
    () => false,
  );
}

/** Asks `ready` every 50 ms until it says yes. False when the limit is reached or `over` says that it is no use. */
export async function waitUntil(
  ready: () => boolean | Promise<boolean>,
  limitSeconds: number,
  over: () => boolean = () => false,
): Promise<boolean> {
  const end = Date.now() + limitSeconds * 1000;
  while (Date.now() < end && !over()) {
    if (await ready()) return true;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return ready();
}
