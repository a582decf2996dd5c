import { mkdir, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * The demo's own policy and catalogue, written once into its folder: change them there and start again.
 * The limits fit a laptop or a small cloud machine.
 */
export async function writeLabFiles(stateDir: string, imageRef: string): Promise<{ policyPath: string }> {
  const data = join(stateDir, "data", "iris");
  await mkdir(data, { recursive: true });
  await writeOnce(
    join(data, "README.txt"),
    "A data set that every container of the demo sees, read-only, at /data/iris.\n",
  );
  const policyPath = join(stateDir, "policy.yaml");
  await writeOnce(policyPath, policy(stateDir));
  // Follows the image that was made here, so it is written at every start.
  await writeFile(join(stateDir, "catalogue.yaml"), catalogue(imageRef));
  return { policyPath };
}

async function writeOnce(path: string, text: string): Promise<void> {
  const there = await stat(path).catch(() => undefined);
  if (!there) await writeFile(path, text);
}

const policy = (
  stateDir: string,
) => `# The demo's policy: what members may have. Change it: it is read again within seconds.
defaults:
  cpus: 1
  memory_gib: 1
  shm_gib: 0.25
  pids: 512
  max_memory_gib_total: 4
  max_containers: 3
  default_hours: 4
  max_runtime_h: 12
groups:
  student: { max_gpu_equivalents: 1, max_gpus_per_container: 1 }
  researcher: { max_gpu_equivalents: 2, max_gpus_per_container: 2, max_containers: 5, max_runtime_h: 24 }
  admin: { max_gpu_equivalents: null, max_gpus_per_container: null, max_memory_gib_total: null, max_containers: 10 }
enrol: ask
notices: { first_m: 60, last_m: 15, remove_first_h: 24, sigterm_grace_s: 5 }
package_sets:
  always: { apt: [curl, git, less, rsync, tmux] }
  jupyter: { pip: [jupyter, jupyterlab, ipykernel, ipywidgets, notebook] }
  data science: { pip: [pandas, scipy, scikit-learn, matplotlib, seaborn] }
  vision: { pip: [timm, albumentations, opencv-python-headless, kornia] }
nodes:
  gpu1: { cpus: 2, memory_gib: 12 }
workspace_path: ${stateDir}/workspaces/{handle}/{project}
data_mounts:
  - { host: ${stateDir}/data/iris, name: iris, write: [] }
`;

const catalogue = (imageRef: string) => `images:
  - name: python
    framework: Python
    version: "3"
    image: ${imageRef}
    python: "3"
    house: true
  # What images of one's own begin with; on a real server this is PyTorch and the like.
  - name: plain-python
    framework: Python
    version: "3"
    image: ${imageRef}
    python: "3"
`;
