import { runDemo } from "./demo/run.ts";

const commands: Record<string, (argv: readonly string[]) => Promise<number>> = {
  demo: runDemo,
};

const [name = "help", ...argv] = process.argv.slice(2);
const command = commands[name];
if (!command) {
  console.log(`berth <command>: ${Object.keys(commands).join(", ")}`);
  process.exit(name === "help" ? 0 : 2);
}
try {
  process.exit(await command(argv));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
