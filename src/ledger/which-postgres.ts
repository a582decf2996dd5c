import { type EmbeddedOptions, startEmbedded } from "./embedded.ts";

export type Postgres = {
  /** May hold a password: never to be logged. */
  readonly url: string;
  readonly kind: "outside" | "embedded";
  /** Ours, but it ran already. */
  readonly attached: boolean;
  /** Stops a server of ours; does nothing to anybody else's. */
  stop(): Promise<void>;
};

/**
 * The Postgres to use: the operator's, if `databaseUrl` names one; else our own server, from the npm package or from
 * Debian's programs. Throws a sentence that says what to do if there is none.
 */
export async function whichPostgres(
  options: EmbeddedOptions & { databaseUrl: string | undefined },
): Promise<Postgres> {
  if (options.databaseUrl)
    return { url: options.databaseUrl, kind: "outside", attached: false, stop: async () => {} };
  return { kind: "embedded", ...(await startEmbedded(options)) };
}
