import { parseDocument, stringify } from "yaml";
import type { Limits } from "./keys.ts";
import { limitKinds, policySchema } from "./keys.ts";
import { type FileProblem, FileProblems } from "./yaml-door.ts";

/** What became of one key of DS01's files: a sentence's end. */
export type Became = { key: string; became: string };

export type Imported = {
  /** A policy.yaml that says what theirs said, and nothing of what it left out. */
  policyYaml: string;
  /** Every key there was, in the order of the files. */
  became: Became[];
  /** To be typed once the people are members: what theirs said of single people. */
  commands: string[];
};

/**
 * DS01's `resource-limits.yaml`, and its files of single people if there are any, in Berth's words. Throws `FileProblems` where a
 * file is not YAML or not a block of keys. A value that can't be meant is left out and told.
 */
export function importDs01(
  files: { limits: string; overrides?: string; exemptions?: string },
  now: Date,
): Imported {
  const given = blockOf("resource-limits.yaml", files.limits);
  const became: Became[] = [];
  const policy: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(given)) {
    if (key === "defaults") policy.defaults = limitsFrom("defaults", value, became);
    else if (key === "groups") policy.groups = groupsFrom(value, became);
    else if (key === "default_group" && typeof value === "string") {
      policy.default_group = value;
      became.push({ key, became: "default_group" });
    } else if (key === "policies") Object.assign(policy, globalsFrom(value, became));
    else became.push({ key, became: elsewhere[key] ?? unknownKey });
  }
  const commands = [
    ...(files.overrides === undefined
      ? []
      : overridesFrom(blockOf("user-overrides.yaml", files.overrides), became)),
    ...(files.exemptions === undefined
      ? []
      : exemptionsFrom(blockOf("lifecycle-exemptions.yaml", files.exemptions), became, now)),
  ];
  return { policyYaml: stringify(policy), became, commands };
}

type Taken = {
  as: keyof Limits;
  read: (value: unknown) => unknown;
  /** What else the same value says, and why. */
  also?: { as: keyof Limits; because: string };
};
const asIs = (value: unknown) => value;
const alike = (as: keyof Limits, read: (value: unknown) => unknown = asIs): Taken => ({ as, read });

/** Their keys, those they read for one release more included. */
const taken: Record<string, Taken> = {
  max_gpu_equivalents: alike("max_gpu_equivalents"),
  max_gpu_slots: alike("max_gpu_equivalents"),
  max_gpus_per_user: alike("max_gpu_equivalents"),
  max_mig_instances: alike("max_gpu_equivalents"),
  max_gpu_slots_per_container: alike("max_gpus_per_container"),
  max_gpus_per_container: alike("max_gpus_per_container"),
  max_mig_per_container: alike("max_gpus_per_container"),
  allow_full_gpu: alike("whole_gpus"),
  max_cpus: alike("cpus"),
  cpus: alike("cpus"),
  memory: alike("memory_gib", gib),
  shm_size: alike("shm_gib", gib),
  pids_limit: alike("pids"),
  max_containers_per_user: alike("max_containers"),
  max_runtime_h: alike("max_runtime_h"),
  idle_timeout_h: {
    ...alike("idle_timeout_h"),
    also: { as: "idle_cap_h", because: "DS01 stopped what was idle so long, whether anybody waited or not" },
  },
  gpu_hold_after_stop_h: alike("gpu_hold_after_stop_h"),
  container_hold_after_stop_h: alike("container_hold_after_stop_h"),
};

const unknownKey = "left out: DS01's documentation does not know it either";
const neverDone = "left out: DS01 never did it";

/** What has no place in a block of limits, and why. */
const leftOut: Record<string, string> = {
  memory_swap: "left out: a container has no swap beyond its memory",
  max_tasks: "left out: pids counts the processes of each container",
  members: "left out: people are in the ledger; `berth members import` reads them from a CSV",
  policies: "left out: what counts as idle is one rule for everybody here",
  mig_instances_per_gpu: "left out: slices are read from the GPUs",
  priority: neverDone,
  reservation_start: neverDone,
  reservation_end: neverDone,
  reserved_gpus: neverDone,
  reason: neverDone,
  storage_workspace: "left out: set workspace_gib instead, DS01 never enforced it",
  storage_data: neverDone,
  storage_tmp: neverDone,
  strategy: neverDone,
  mig_gpus: "left out: slices are read from the GPUs",
};

const elsewhere: Record<string, string> = {
  container_types: "left out: here every container is made by Berth, and has one set of rules",
  bare_metal_access: "left out: members have no account on the host",
  access_control: "left out: admins are in BERTH_ADMINS, or in the group admin",
  gpu_allocation: "left out: devices are chosen by one rule (docs)",
};

function groupsFrom(given: unknown, became: Became[]): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(blockIn(given)).map(([group, limits]) => [
      group,
      limitsFrom(`groups.${group}`, limits, became),
    ]),
  );
}

function limitsFrom(at: string, given: unknown, became: Became[]): Record<string, unknown> {
  const limits: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(blockIn(given))) {
    const place = `${at}.${key}`;
    if (key === "aggregate") aggregateFrom(place, value, limits, became);
    else take(place, taken[key], value, limits, became, leftOut[key]);
  }
  return limits;
}

/** A systemd slice of all of somebody's containers: its memory is what Berth counts too. */
function aggregateFrom(at: string, given: unknown, limits: Record<string, unknown>, became: Became[]): void {
  const all: Record<string, Taken> = {
    memory_max: alike("max_memory_gib_total", gib),
    gpu_limit: alike("max_gpu_equivalents"),
  };
  const notNeeded = "left out: each container's own limits count, and the memory of all together";
  if (given === null) became.push({ key: at, became: "left out: nothing was limited" });
  for (const [key, value] of Object.entries(blockIn(given))) {
    if (key === "gpu_limit" && "max_gpu_equivalents" in limits)
      became.push({ key: `${at}.${key}`, became: "left out: max_gpu_equivalents says it" });
    else take(`${at}.${key}`, all[key], value, limits, became, notNeeded);
  }
}

function take(
  key: string,
  how: Taken | undefined,
  value: unknown,
  limits: Record<string, unknown>,
  became: Became[],
  otherwise = unknownKey,
): void {
  if (!how) return void became.push({ key, became: otherwise });
  const judged = limitKinds[how.as].safeParse(how.read(value));
  if (!judged.success) {
    const words = judged.error.issues[0]?.message ?? "another value";
    became.push({
      key,
      became: `left out: ${how.as} can't be ${JSON.stringify(value)}, it must be ${words}`,
    });
    return;
  }
  if (how.as in limits) became.push({ key, became: `left out: ${how.as} was said before` });
  else {
    limits[how.as] = judged.data;
    if (how.also) limits[how.also.as] = judged.data;
    const also = how.also ? `, and ${how.also.as}: ${how.also.because}` : "";
    became.push({
      key,
      became: `${how.as}: ${judged.data === null ? "null (unlimited)" : judged.data}${also}`,
    });
  }
}

function globalsFrom(given: unknown, became: Became[]): Record<string, unknown> {
  const policy: Record<string, unknown> = {};
  const notHere: Record<string, string> = {
    high_demand_threshold:
      "left out: idle GPUs are given up when somebody waits for them, whatever the demand",
    high_demand_idle_reduction: "left out: as above",
    grace_period_m: "left out: notices.first_m and last_m say when people are told",
    keepalive_max_duration_h: "left out: a Keep is two hours, and DS01 did not read it either",
    gpu_hold_after_manual_stop_m: "left out: gpu_hold_after_stop_h says it, and DS01 did not read it either",
    created_container_timeout_m: "left out: a start that takes 15 minutes has failed",
  };
  for (const [key, value] of Object.entries(blockIn(given))) {
    const place = `policies.${key}`;
    const notices = policySchema.shape.notices.safeParse({ sigterm_grace_s: value });
    if (key === "sigterm_grace_s" && notices.success) {
      policy.notices = { sigterm_grace_s: value };
      became.push({ key: place, became: `notices.sigterm_grace_s: ${value}` });
    } else became.push({ key: place, became: notHere[key] ?? unknownKey });
  }
  return policy;
}

function overridesFrom(given: Record<string, unknown>, became: Became[]): string[] {
  const people = blockIn(given.user_overrides ?? given.overrides ?? given.users ?? given);
  return Object.entries(people).flatMap(([user, said]) => {
    const limits: Record<string, unknown> = {};
    const own = blockIn(said);
    const { reason, ...keys } = own;
    Object.assign(limits, limitsFrom(`user-overrides.${user}`, keys, became));
    const why = typeof reason === "string" ? reason : "as in DS01";
    return Object.entries(limits).map(
      ([key, value]) =>
        `berth limit set ${word(user)} ${key} ${value === null ? "unlimited" : value} --reason ${quoted(why)}`,
    );
  });
}

/** Theirs from `idle_timeout_h` or `max_runtime_h`; without an end, a year is written that an admin may change. */
function exemptionsFrom(given: Record<string, unknown>, became: Became[], now: Date): string[] {
  const list = Array.isArray(given.exemptions) ? given.exemptions : [];
  return list.flatMap((one, i) => {
    const at = `exemptions[${i + 1}]`;
    const { username, exempt_from, expires_on, reason } = blockIn(one);
    if (typeof username !== "string") return toldOnly(became, at, "left out: it names nobody");
    const until = untilOf(expires_on, now);
    if (until === undefined)
      return toldOnly(became, at, `left out: ${JSON.stringify(expires_on)} is no date`);
    if (until <= now) return toldOnly(became, at, "left out: its time is over");
    const why = typeof reason === "string" ? reason : "as in DS01";
    return (Array.isArray(exempt_from) ? exempt_from : []).flatMap((what) => {
      const spares = { idle_timeout_h: "idle", max_runtime_h: "end" }[String(what)];
      if (!spares) return toldOnly(became, `${at}.${what}`, "left out: there is no such end");
      const day = until.toISOString().slice(0, 10);
      const noEnd =
        expires_on === null || expires_on === undefined ? ", which had no end: a year from now" : "";
      became.push({ key: `${at}.${what}`, became: `an exemption from ${spares}${noEnd}` });
      return `berth exempt set ${word(username)} ${spares} --until ${day} --reason ${quoted(why)}`;
    });
  });
}

function toldOnly(became: Became[], key: string, words: string): string[] {
  became.push({ key, became: words });
  return [];
}

function untilOf(given: unknown, now: Date): Date | undefined {
  if (given === null || given === undefined) return new Date(now.getTime() + 365 * 24 * 3_600_000);
  const read = new Date(String(given));
  return Number.isFinite(read.getTime()) ? read : undefined;
}

/** "32g", "96G", "512m": docker's and systemd's way to write memory; a bare number is bytes. */
export function gib(value: unknown): unknown {
  if (value === null) return null;
  const [, amount, unit] = /^(\d+(?:\.\d+)?)\s*([kmgt]?)i?b?$/i.exec(String(value)) ?? [];
  if (amount === undefined) return value;
  const bytes = Number(amount) * 1024 ** ["", "k", "m", "g", "t"].indexOf((unit ?? "").toLowerCase());
  return Math.round((bytes / 1024 ** 3) * 1000) / 1000;
}

function blockOf(file: string, text: string): Record<string, unknown> {
  const document = parseDocument(text);
  const wrong = (sentence: string): FileProblem[] => [{ line: undefined, key: "", sentence }];
  const [error] = document.errors;
  if (error) throw new FileProblems(file, wrong(`This is not YAML: ${error.message.split("\n")[0]}`));
  const read: unknown = document.toJS({ maxAliasCount: 50 });
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new FileProblems(file, wrong("The file must be a block of keys."));
  return read as Record<string, unknown>;
}

function blockIn(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : {};
}

/** For a shell. */
function quoted(text: string): string {
  return `'${text.replace(/\s+/g, " ").replaceAll("'", "'\\''")}'`;
}

function word(text: string): string {
  return /^[\w.-]+$/.test(text) ? text : quoted(text);
}
