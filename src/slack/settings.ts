/** What the slack room needs of the environment. */
export type SlackSettings = {
  botToken: string;
  /** How Slack reaches us: a socket we open, or signed requests to a port of ours. */
  delivery: { kind: "socket"; appToken: string } | { kind: "http"; signingSecret: string; port: number };
  /** Ends with a slash; Slack's own if left out. */
  apiUrl?: string;
  /** Stands before every command's name, for two bots in one workspace; empty as a rule. */
  commandPrefix: string;
};

/** Throws where secrets would travel unprotected: plain http is for this machine only. */
export function checkedApiUrl(apiUrl: string | undefined): string {
  if (apiUrl === undefined) return "https://slack.com/api/";
  const url = new URL(apiUrl);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname);
  if (url.protocol === "https:" || (url.protocol === "http:" && loopback))
    return apiUrl.endsWith("/") ? apiUrl : `${apiUrl}/`;
  throw new Error(
    `SLACK_API_URL is ${url.protocol}//${url.host}: the tokens would be readable on the way. Use https, or http to this machine.`,
  );
}
