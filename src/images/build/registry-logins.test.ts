import { expect, test } from "vitest";
import { loginsFor, RegistryFileWrong, readRegistryFile, registryOf } from "./registry-logins.ts";

const auth = (text: string) => Buffer.from(text).toString("base64");
const read = (file: unknown) => readRegistryFile(JSON.stringify(file), "/etc/berth/config.json");

test("a config.json as docker login writes it, each login under the host of its registry", () => {
  const logins = read({
    auths: {
      "https://index.docker.io/v1/": { auth: auth("ana:with:colon") },
      "nvcr.io": { auth: auth("$oauthtoken:key") },
      "registry.example.org:5000": { username: "lab", password: "pass" },
    },
  });
  expect(logins).toEqual({
    "docker.io": { username: "ana", password: "with:colon" },
    "nvcr.io": { username: "$oauthtoken", password: "key" },
    "registry.example.org:5000": { username: "lab", password: "pass" },
  });
});

test.each([
  ["aimehub/pytorch:2", "docker.io"],
  ["debian", "docker.io"],
  ["docker.io/library/debian:12", "docker.io"],
  ["nvcr.io/nvidia/pytorch:25.01-py3", "nvcr.io"],
  ["registry.example.org:5000/lab:2", "registry.example.org:5000"],
  ["localhost/lab", "localhost"],
])("the registry of %s is %s", (reference, host) => {
  expect(registryOf(reference)).toBe(host);
});

test("only the login that fetches an image is handed on", () => {
  const logins = read({ auths: { "nvcr.io": { auth: auth("a:b") }, "quay.io": { auth: auth("c:d") } } });
  expect(Object.keys(loginsFor(logins, ["nvcr.io/nvidia/x:1", "debian"]))).toEqual(["nvcr.io"]);
});

test.each([
  ["no JSON", "{"],
  ["no config.json", "[]"],
  ["a login without a password", JSON.stringify({ auths: { "nvcr.io": { auth: auth("s3cret") } } })],
  ["passwords kept elsewhere", JSON.stringify({ credsStore: "desktop", auths: { "nvcr.io": {} } })],
])("what is wrong is said without a word of what is in the file: %s", (_what, text) => {
  const look = () => readRegistryFile(text, "/etc/berth/config.json");
  expect(look).toThrow(RegistryFileWrong);
  expect(look).toThrow(/\/etc\/berth\/config\.json \(BERTH_REGISTRY_AUTH\)/);
  expect(look).not.toThrow(/s3cret/);
});
