/** One thing the doctor looked at. */
export type Finding = {
  /** ok · warning: it works, but · fault: Berth can't work like this, or it would not be safe. */
  level: "ok" | "warning" | "fault";
  /** What was looked at, in a word or two: `engine`, `firewall`. */
  what: string;
  /** A full sentence: what is so. */
  says: string;
  /** The command that mends it, or what to do, for whoever is root here. */
  mend?: string;
  /** Members may only be root in their containers while this is in order. */
  forSudo?: true;
};

export type Check = {
  what: string;
  /** Where it can't be made, members may not be root in their containers. */
  forSudo?: true;
  run(): Promise<Finding[]>;
};

export function ok(what: string, says: string): Finding {
  return { level: "ok", what, says };
}

export function warning(what: string, says: string, mend: string): Finding {
  return { level: "warning", what, says, mend };
}

export function fault(what: string, says: string, mend: string): Finding {
  return { level: "fault", what, says, mend };
}

/** The same findings, marked as those that make `sudo` in containers acceptable. */
export function forSudo(findings: readonly Finding[]): Finding[] {
  return findings.map((finding) => ({ ...finding, forSudo: true }));
}
