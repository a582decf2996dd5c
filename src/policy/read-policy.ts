import { readFile } from "node:fs/promises";
import { type Policy, PolicyProblems, parsePolicy } from "./policy.ts";

/** Throws `PolicyProblems`, also where there is no such file. */
export async function readPolicy(path: string): Promise<Policy> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const sentence = `The policy file can't be read (${(cause as NodeJS.ErrnoException).code}). Copy the shipped policy.yaml there, or set BERTH_POLICY to where it is.`;
    throw new PolicyProblems(path, [{ line: undefined, key: "", sentence }]);
  }
  return parsePolicy(text, path);
}
