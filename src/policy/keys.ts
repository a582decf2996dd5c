import { z } from "zod";

/**
 * Every key of policy.yaml with its shipped value. Keys stay as they are written in the file, so that a newcomer who
 * searches for one finds where it counts. The words in quotes end the sentence "… it must be …".
 */

const whole = (least: number) =>
  z.custom<number>((v) => Number.isInteger(v) && (v as number) >= least, `a whole number, ${least} or more`);

const wholeOrUnlimited = z.custom<number | null>(
  (v) => v === null || (Number.isInteger(v) && (v as number) >= 0),
  "a whole number, or null for unlimited",
);

const amount = (above: number) =>
  z.custom<number>((v) => Number.isFinite(v) && (v as number) > above, `a number above ${above}`);

const atLeast = (least: number) =>
  z.custom<number>((v) => Number.isFinite(v) && (v as number) >= least, `a number, ${least} or more`);

const amountOrUnlimited = z.custom<number | null>(
  (v) => v === null || (Number.isFinite(v) && (v as number) >= 0),
  "a number, or null for unlimited",
);

const percent = z.custom<number>(
  (v) => Number.isFinite(v) && (v as number) >= 0 && (v as number) <= 100,
  "a percentage, 0 to 100",
);
const yesOrNo = z.custom<boolean>((v) => typeof v === "boolean", "true or false");

const text = (pattern: RegExp, words: string) =>
  z.custom<string>((v) => typeof v === "string" && pattern.test(v), words);

const timeOfDay = text(/^([01]\d|2[0-3]):[0-5]\d$/, 'a time of day such as "22:00", in quotes');
const webAddress = z.custom<string | null>(
  (v) => v === null || (typeof v === "string" && URL.canParse(v) && /^https?:/.test(v)),
  "an http or https address, or null",
);
/** Host paths become bind sources: absolute, no "..", nothing a shell or a mount option could read otherwise. */
const hostPath = z.custom<string>(
  (v) => typeof v === "string" && /^\/[^\p{Cc}:,]*$/u.test(v) && !v.split("/").includes(".."),
  "an absolute path without '..', ':' or ','",
);
const workspacePath = z.custom<string>(
  (v) =>
    hostPath.safeParse(v).success &&
    /^[^{}]+\{handle\}[^{}]*\{project\}$/.test(v as string) &&
    !(v as string).startsWith("/{"),
  "an absolute path with {handle} in it that ends with {project}",
);
const shortName = text(
  /^[a-z0-9]+([-_.][a-z0-9]+)*$/,
  "a short name of lower-case letters, digits and dashes",
);
const groupName = text(/^[a-z][a-z0-9_-]{0,30}$/, "a group's name in lower-case letters, digits and dashes");
const names = z.array(text(/^\S(.*\S)?$/, "a name"));

/** What a member may have and how long. `null` is unlimited where a count or a budget may be. */
const limits = z.strictObject({
  max_gpu_equivalents: amountOrUnlimited.default(1),
  max_gpus_per_container: wholeOrUnlimited.default(1),
  whole_gpus: yesOrNo.default(true),
  max_containers: wholeOrUnlimited.default(3),
  max_waiting: wholeOrUnlimited.default(2),
  cpus: amount(0).default(16),
  memory_gib: amount(0).default(32),
  shm_gib: amount(0).default(16),
  pids: whole(16).default(4096),
  layer_gib: amountOrUnlimited.default(50),
  max_memory_gib_total: amountOrUnlimited.default(96),
  max_images: wholeOrUnlimited.default(5),
  image_gib: amountOrUnlimited.default(60),
  workspace_gib: amountOrUnlimited.default(500),
  default_hours: amount(0).default(8),
  max_runtime_h: amount(0).default(24),
  idle_timeout_h: atLeast(0.5).default(1),
  idle_cap_h: atLeast(0.5).default(12),
  no_show_m: atLeast(1).default(30),
  gpu_hold_after_stop_h: atLeast(0).default(0.25),
  container_hold_after_stop_h: atLeast(0).default(72),
  extension_gpu_h_per_7d: amountOrUnlimited.default(24),
  sudo: yesOrNo.default(true),
  ptrace: yesOrNo.default(false),
  ssh_agent: yesOrNo.default(false),
});
export type Limits = z.infer<typeof limits>;

/** What each limit may be, wherever it is set: in the file, or for one member. */
export const limitKinds = Object.fromEntries(
  Object.entries(limits.shape).map(([key, kind]) => [key, kind.unwrap()]),
) as { [K in keyof typeof limits.shape]: ReturnType<(typeof limits.shape)[K]["unwrap"]> };

/** A group's part of them: without the shipped values, what is left out comes from `defaults`. */
const groupLimits = z.strictObject(
  Object.fromEntries(Object.entries(limitKinds).map(([key, kind]) => [key, kind.optional()])) as {
    [K in keyof typeof limitKinds]: z.ZodOptional<(typeof limitKinds)[K]>;
  },
);

const shippedGroups = {
  student: { max_gpu_equivalents: 2, max_gpus_per_container: 2 },
  researcher: {
    max_gpu_equivalents: 4,
    max_gpus_per_container: 3,
    cpus: 24,
    memory_gib: 64,
    max_memory_gib_total: 192,
    max_containers: 5,
    max_runtime_h: 48,
    extension_gpu_h_per_7d: 48,
  },
  faculty: {
    max_gpu_equivalents: 4,
    max_gpus_per_container: 4,
    cpus: 32,
    memory_gib: 128,
    max_memory_gib_total: 384,
    max_containers: 5,
    max_runtime_h: 72,
    extension_gpu_h_per_7d: 96,
  },
  admin: {
    max_gpu_equivalents: null,
    max_gpus_per_container: null,
    max_memory_gib_total: null,
    max_containers: 10,
    max_runtime_h: 72,
    extension_gpu_h_per_7d: null,
  },
};

const packageSet = z.strictObject({ pip: names.default([]), apt: names.default([]) });
const pip = (words: string) => ({ pip: words.split(" ") });
/** `always` goes into every image; the others are offered by their names. */
const shippedPackageSets = {
  always: { apt: "git curl wget vim htop tmux rsync".split(" ") },
  jupyter: pip("jupyter jupyterlab ipykernel ipywidgets notebook"),
  "data science": pip("pandas scipy scikit-learn matplotlib seaborn"),
  ml: pip("xgboost lightgbm catboost optuna shap"),
  vision: pip("timm albumentations opencv-python-headless kornia ultralytics"),
  nlp: pip("transformers datasets tokenizers accelerate sentencepiece peft safetensors evaluate"),
  rl: pip("gymnasium stable-baselines3"),
  audio: pip("librosa soundfile audiomentations"),
  "time series": pip("statsmodels prophet darts"),
  llm: pip("vllm bitsandbytes langchain einops"),
};

const dataMount = z.strictObject({
  host: hostPath,
  /** Seen as /data/<name>. */
  name: shortName,
  /** Groups that may write there; everyone may read. */
  write: z.array(groupName).default([]),
});

/** What to give of a machine, where that is not all of it less 8 % of its memory. */
const nodeShare = z.strictObject({
  memory_gib: amount(0).optional(),
  cpus: amount(0).optional(),
  /** Of its GPUs (`ampere`, `ada` …), where their model's name does not say it. */
  architectures: names.optional(),
});

export const policySchema = z.strictObject({
  defaults: limits.prefault({}),
  groups: z.record(groupName, groupLimits).default(shippedGroups),
  default_group: groupName.default("student"),
  enrol: z.enum(["ask", "open"]).default("ask"),
  guests: z.enum(["refuse", "allow"]).default("refuse"),
  idle_mode: z.enum(["observe", "stop"]).default("observe"),
  night: z
    .strictObject({
      from: timeOfDay.default("22:00"),
      to: timeOfDay.default("08:00"),
      moved_to: timeOfDay.default("09:00"),
    })
    .prefault({}),
  line: z
    .strictObject({
      handicap_gpu_h_per_hour: amount(0).default(10),
      handicap_max_h: atLeast(0).default(12),
      promise_after_h: atLeast(0).default(36),
    })
    .prefault({}),
  notices: z
    .strictObject({
      first_m: atLeast(15).default(60),
      last_m: atLeast(15).default(15),
      remove_first_h: atLeast(1).default(24),
      sigterm_grace_s: atLeast(1).default(60),
    })
    .prefault({}),
  uid_from: whole(1000).default(20000),
  workspace_path: workspacePath.default("/srv/berth/{handle}/{project}"),
  workspaces_backed_up: yesOrNo.default(false),
  data_mounts: z.array(dataMount).default([]),
  nodes: z.record(shortName, nodeShare).default({}),
  image_prefix: text(/^[a-z0-9]+([._-][a-z0-9]+)*$/, "lower-case letters and digits").default("ds01"),
  builds: z.strictObject({ at_once: whole(1).default(1), limit_m: amount(0).default(45) }).prefault({}),
  disk: z
    .strictObject({ builds_wait_below_pct: percent.default(15), refuse_below_pct: percent.default(5) })
    .prefault({}),
  registries: z
    .array(text(/^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)*$/, "a registry such as docker.io/aimehub"))
    .default(["docker.io/aimehub", "nvcr.io/nvidia"]),
  pip: z
    .strictObject({ index_url: webAddress.default(null), allow_urls: yesOrNo.default(false) })
    .prefault({}),
  apt: z.strictObject({ mirror: webAddress.default(null) }).prefault({}),
  /** For builds, where the way to the internet needs one. No secrets: members can read them. */
  proxy: z
    .strictObject({
      http: webAddress.default(null),
      https: webAddress.default(null),
      /** Hosts that are reached without it. */
      except: names.default([]),
    })
    .prefault({}),
  /** Relative to the policy file. */
  catalogue: text(/^\P{Cc}+$/u, "the path of a file").default("catalogue.yaml"),
  package_sets: z
    .record(text(/^[a-z0-9]+([ -][a-z0-9]+)*$/, "a set's name"), packageSet)
    .prefault(shippedPackageSets),
  board_names: z.enum(["handle", "none"]).default("handle"),
});
export type Policy = z.infer<typeof policySchema> & {
  /** This machine lacks what makes root in a container acceptable: nobody has sudo, whatever the file or an override says. */
  sudo_refused?: true;
};
