import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const server = process.env["ORDERS_SERVER"] ?? "http://127.0.0.1:8000";
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

// Django serves the two pages, and what they load from /static/. `npm run dev` serves them itself and asks Django for the rest.
export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/" : "/",
  plugins: [react()],
  worker: { format: "es" },
  build: {
    target: "es2022",
    chunkSizeWarningLimit: 4000, // GraphiQL's editor, on its own page
    rolldownOptions: {
      input: ["index.html", "graphiql.html"],
      // GraphiQL's packages carry "use no memo", which means nothing to a build without React's compiler.
      onwarn: (warning, warn) => warning.code === "MODULE_LEVEL_DIRECTIVE" || warn(warning),
    },
  },
  server: {
    proxy: {
      "/graphql/": { ...proxied, ws: true },
      "/api/": proxied,
      "/admin/": proxied,
      "/readyz": proxied,
    },
  },
}));
