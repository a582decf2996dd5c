import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: [
    "./src/ledger/schema.ts",
    "./src/ledger/bot-tables.ts",
    "./src/ledger/image-tables.ts",
    "./src/ledger/member-table.ts",
    "./src/ledger/limit-tables.ts",
    "./src/ledger/end-tables.ts",
    "./src/ledger/event-table.ts",
    "./src/ledger/line-tables.ts",
    "./src/ledger/idle-tables.ts",
    "./src/ledger/health-tables.ts",
  ],
  out: "./migrations",
});
