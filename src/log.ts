import pino from "pino";

export type Log = pino.Logger;

/** Anything that looks like a Slack token, wherever it stands in a string. */
const tokenLike = /\bx(?:ox[a-z]|app)-[A-Za-z0-9-]+/g;

const hidden = [
  "token",
  "botToken",
  "appToken",
  "signingSecret",
  "response_url",
  "trigger_id",
  "password",
  "authorization",
];

/** JSON lines on standard error (or to `destination`); secrets, tokens and one-use handles never reach them. */
export function createLog(level: string, destination: pino.DestinationStream = pino.destination(2)): Log {
  return pino(
    {
      level,
      base: undefined,
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: hidden.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[hidden]" },
      hooks: { streamWrite: (line) => line.replace(tokenLike, "[hidden]") },
    },
    destination,
  );
}
