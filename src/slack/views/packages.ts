/** What people call the packages that an image is usually made for; the first that is there names it. */
const frameworks: readonly (readonly [string, string])[] = [
  ["torch", "PyTorch"],
  ["tensorflow", "TensorFlow"],
  ["jax", "JAX"],
  ["mxnet", "MXNet"],
];

/** "PyTorch 2.8.0", of `pip freeze`; undefined: none of the frameworks is there. */
export function mainPackage(pip: readonly string[]): string | undefined {
  for (const [name, words] of frameworks) {
    const line = pip.find((one) => one.startsWith(`${name}==`) || one.startsWith(`${name} @`));
    if (line) return `${words} ${line.startsWith(`${name}==`) ? line.slice(name.length + 2) : ""}`.trim();
  }
  return undefined;
}
