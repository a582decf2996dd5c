import Docker from "dockerode";

/** What one would do without Berth, on the engine's own API. */
export type ByHand = {
  /** From the create call to the end of the start call; the container's id. */
  start(): Promise<string>;
  remove(id: string): Promise<void>;
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
  };
}
