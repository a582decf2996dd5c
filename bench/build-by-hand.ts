import { Readable } from "node:stream";
import Docker from "dockerode";
import tar from "tar-stream";

export type Order = {
  dockerfile: string;
  files: ReadonlyMap<string, string>;
  buildArgs: Record<string, string>;
};

/** What one would do without Berth, on the engine's own API. */
export type BuildByHand = {
  /** Builds it, from sending what it needs to the end of what the engine says; throws if that failed. */
  build(order: Order): Promise<void>;
  /** Takes away all images but the one with that name, and the cache of every build. */
  forget(keep: string): Promise<void>;
};

export function buildByHand(socketPath: string): BuildByHand {
  const docker = new Docker({ socketPath });
  return {
    async build({ dockerfile, files, buildArgs }) {
      const context = tar.pack();
      for (const [name, text] of new Map([...files, ["Dockerfile", dockerfile]]))
        context.entry({ name }, text);
      context.finalize();
      const options = { t: "by-hand:1", version: "2", buildargs: buildArgs } as Docker.ImageBuildOptions;
      const said = await docker.buildImage(Readable.from(context), options);
      await new Promise<void>((resolve, reject) => {
        docker.modem.followProgress(said, (error, lines: { error?: string }[]) => {
          const failure = error?.message ?? lines.find((line) => line.error)?.error;
          if (failure === undefined) resolve();
          else reject(new Error(`By hand it could not be built: ${failure}`));
        });
      });
    },
    async forget(keep) {
      for (const { Id, RepoTags } of await docker.listImages())
        if (!RepoTags?.includes(keep)) await docker.getImage(Id).remove({ force: true });
      await pruneAll(docker);
    },
  };
}

/** dockerode's own call leaves out `all`, and with it what was used just now. */
function pruneAll(docker: Docker): Promise<void> {
  const request = {
    path: "/build/prune?",
    method: "POST",
    options: { all: true },
    statusCodes: { 200: true },
  } as const;
  return new Promise((resolve, reject) => {
    docker.modem.dial(request as never, (error: unknown) => (error ? reject(error) : resolve()));
  });
}
