import { once } from "node:events";
import type { Readable } from "node:stream";
import Docker from "dockerode";

/** What one would do without Berth, on the engine's own API. */
export type ByHand = {
  /** From the create call to the end of the start call; the container's id. */
  start(): Promise<string>;
  remove(id: string): Promise<void>;
  /** Resolves when the engine says that a container was started, whoever did it; a minute at most. */
  nextStart(): Promise<void>;
};

/** Makes containers with the body that `like` was made with, as the engine tells it; only the labels and the name are others. */
export async function byHand(socketPath: string, like: string): Promise<ByHand> {
  const docker = new Docker({ socketPath });
  const { Config, HostConfig } = await docker.getContainer(like).inspect();
  const body = { ...Config, Labels: { "made.by": "hand" }, HostConfig, name: "by-hand" };
  return {
    async start() {
      const made = await docker.createContainer(body);
      await made.start();
      return made.id;
    },
    remove: (id) => docker.getContainer(id).remove({ force: true, v: true }),
    async nextStart() {
      const events = (await docker.getEvents({
        filters: { type: ["container"], event: ["start"] },
      })) as Readable;
      await once(events, "data", { signal: AbortSignal.timeout(60_000) });
      events.destroy();
    },
  };
}
