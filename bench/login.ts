import { Client } from "ssh2";

export type Door = { address: string; port: number; user: string; privateKey: Buffer };

const pollMs = 20;
const limitMs = 60_000;

/** Resolves when somebody has signed in there and a command of theirs has run; tried every 20 ms, for a minute. */
export async function untilSignedIn(door: Door): Promise<void> {
  const began = performance.now();
  while (!(await signIn(door))) {
    if (performance.now() - began > limitMs) throw new Error(`nobody could sign in at port ${door.port}`);
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

function signIn({ address, port, user, privateKey }: Door): Promise<boolean> {
  return new Promise((resolve) => {
    const client = new Client();
    const over = (isIn: boolean) => {
      resolve(isIn);
      client.end();
    };
    client.on("error", () => over(false)).on("close", () => over(false));
    client.on("ready", () =>
      client.exec("true", (error, channel) => {
        if (error) over(false);
        else channel.on("exit", (code) => over(code === 0)).resume();
      }),
    );
    client.connect({ host: address, port, username: user, privateKey, readyTimeout: 5000 });
  });
}
