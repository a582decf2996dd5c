import { spawn } from "node:child_process";

const waitSeconds = 120;

/**
 * Runs `body` while nobody else on this machine holds the lock of that file; waits up to two minutes for it. The lock
 * is the kernel's (flock), so it ends with whoever holds it, also when that one is killed: a child holds it for as
 * long as our end of its standard input is open.
 */
export async function withStartLock<T>(file: string, body: () => Promise<T>): Promise<T> {
  const holder = spawn(
    "flock",
    ["--exclusive", "--timeout", String(waitSeconds), file, "sh", "-c", "echo held; exec cat"],
    { stdio: ["pipe", "pipe", "inherit"] },
  );
  holder.stdin.on("error", () => {});
  const ended = new Promise<void>((resolve) => holder.on("close", () => resolve()));
  await new Promise<void>((resolve, reject) => {
    holder.stdout.once("data", () => resolve());
    holder.once("error", () =>
      reject(
        new Error("The program flock is missing. Install it (Debian and Ubuntu: apt install util-linux)."),
      ),
    );
    holder.once("close", () =>
      reject(
        new Error(
          `Another start has held ${file} for ${waitSeconds} s. See which process that is: fuser ${file}`,
        ),
      ),
    );
  });
  try {
    return await body();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
