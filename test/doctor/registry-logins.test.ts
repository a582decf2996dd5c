import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { registryLoginsCheck } from "../../src/doctor/registry-logins.ts";

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-logins-"));
  path = join(folder, "config.json");
});
afterEach(() => rm(folder, { recursive: true }));

const look = (registryAuth?: string) => registryLoginsCheck(registryAuth ? { registryAuth } : {}).run();
const login = { auth: Buffer.from("lab:s3cret").toString("base64") };

test("without a file there is nothing to say against it", async () => {
  expect(await look()).toMatchObject([{ level: "ok" }]);
});

test("a file that only root reads is good, and its hosts are named", async () => {
  await writeFile(path, JSON.stringify({ auths: { "nvcr.io": login } }), { mode: 0o600 });
  const [finding] = await look(path);
  expect(finding).toMatchObject({ level: "ok", says: "1 login: nvcr.io." });
});

test("one that others read, that is missing, or that is none, is told with what mends it and without a password", async () => {
  expect(JSON.stringify(await look(path))).toMatch(/can't be read.*docker --config .* login/);
  await writeFile(path, JSON.stringify({ auths: { "nvcr.io": login } }));
  await chmod(path, 0o644);
  expect(JSON.stringify(await look(path))).toMatch(/chmod 0600/);
  await writeFile(path, `{"auths": {"nvcr.io": {"auth": "${login.auth}"`);
  const said = JSON.stringify(await look(path));
  expect(said).toMatch(/is not JSON/);
  expect(said).not.toContain(login.auth);
});
