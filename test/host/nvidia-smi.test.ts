import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostSilent } from "../../src/errors.ts";
import { nvidiaSmi } from "../../src/host/nvidia-smi.ts";

/** Programs in nvidia-smi's place: what it does in trouble can't be had from a healthy one. */
let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "berth-smi-"));
});
afterAll(() => rm(directory, { recursive: true }));

/** A clock whose sleeps never end: a limit is only reached where a test says so. */
const patient = {
  sleep: (_ms: number, signal?: AbortSignal) =>
    new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve())),
};
const impatient = { sleep: async () => {} };

const uuid = "GPU-aaaaaaaa-0000-4000-8000-000000000000";
const xml = `<nvidia_smi_log><driver_version>580.82.07</driver_version><gpu id="x"><product_name>NVIDIA L40S</product_name><mig_mode><current_mig>Enabled</current_mig></mig_mode><mig_devices><mig_device><index>0</index><gpu_instance_id>2</gpu_instance_id><fb_memory_usage><total>20096 MiB</total><used>9 MiB</used></fb_memory_usage></mig_device></mig_devices><uuid>${uuid}</uuid><fb_memory_usage><total>46068 MiB</total><used>9 MiB</used></fb_memory_usage><processes></processes></gpu></nvidia_smi_log>`;
const list = `GPU 0: NVIDIA L40S (UUID: ${uuid})\n  MIG 3g.20gb     Device  0: (UUID: MIG-1)`;

test("a reading joins what its three calls say", async () => {
  const smi = nvidiaSmi(
    await program({ q: xml, L: list, mig: "|   0  MIG 3g.20gb   9   2   4:4     |" }),
    patient,
  );
  expect(await smi.read()).toMatchObject({
    driver: "580.82.07",
    gpus: [{ uuid, slices: [{ uuid: "MIG-1", placement: { start: 4, size: 4 } }] }],
  });
});

test("slices whose places are refused are read without them", async () => {
  const smi = nvidiaSmi(
    await program({ q: xml, L: list, mig: "Insufficient Permissions", migExit: 4 }),
    patient,
  );
  expect((await smi.read()).gpus[0]?.slices[0]?.placement).toBeUndefined();
});

test("one that fails though it tells all of it is believed", async () => {
  const smi = nvidiaSmi(await program({ q: xml, L: list, mig: "", exit: 14 }), patient);
  expect((await smi.read()).gpus).toHaveLength(1);
});

test.each([
  [
    "without a driver its own words are told",
    {
      q: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
      L: "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
      mig: "",
      exit: 9,
    },
    /couldn't communicate/,
  ],
  ["half an answer is none", { q: xml.slice(0, 200), L: list, mig: "", exit: 1 }, /nvidia-smi -q -x/],
])("%s", async (_sentence, answers, words) => {
  const smi = nvidiaSmi(await program(answers), patient);
  await expect(smi.read()).rejects.toThrow(HostSilent);
  await expect(smi.read()).rejects.toThrow(words);
});

test("where there is no nvidia-smi the reading is silent, not empty", async () => {
  await expect(nvidiaSmi(join(directory, "nothing"), patient).read()).rejects.toThrow(HostSilent);
});

test("one that hangs is left behind, and not started again while it hangs", async () => {
  const path = join(directory, "hangs");
  // Killing it does not end what it waits for, as with a driver in trouble; that ends by itself, so that nothing is left.
  await writeFile(path, "#!/bin/sh\nsleep 3 &\nwait\n");
  await chmod(path, 0o755);
  const smi = nvidiaSmi(path, impatient);
  await expect(smi.read()).rejects.toThrow(/did not answer within 10 s/);
  await expect(smi.read()).rejects.toThrow(/still hangs/);
});

test("nothing of the bot's environment is handed on", async () => {
  process.env.SLACK_BOT_TOKEN = "not-for-children";
  const path = join(directory, "env");
  await writeFile(path, `#!/bin/sh\nenv >${directory}/seen\nexit 1\n`);
  await chmod(path, 0o755);
  await expect(nvidiaSmi(path, patient).links()).rejects.toThrow(HostSilent);
  expect(await readFile(join(directory, "seen"), "utf8")).not.toContain("not-for-children");
  delete process.env.SLACK_BOT_TOKEN;
});

let programs = 0;
async function program(answers: {
  q: string;
  L: string;
  mig: string;
  exit?: number;
  migExit?: number;
}): Promise<string> {
  const path = join(directory, `smi-${programs++}`);
  for (const name of ["q", "L", "mig"] as const) await writeFile(`${path}.${name}`, answers[name]);
  await writeFile(
    path,
    `#!/bin/sh
case "$1" in
  mig) cat ${path}.mig; exit ${answers.migExit ?? 0} ;;
  -q) cat ${path}.q; exit ${answers.exit ?? 0} ;;
  -L) cat ${path}.L; exit ${answers.exit ?? 0} ;;
esac
`,
  );
  await chmod(path, 0o755);
  return path;
}
