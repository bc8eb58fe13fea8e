import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";

import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";
import { glossaryOf } from "./glossary.ts";
import { chaptersIn } from "./guide.ts";

const server = process.env["ORDERS_SERVER"] ?? "http://127.0.0.1:8000";
const clientSources = `${import.meta.dirname}/client/src`;
const proxied = { target: server, changeOrigin: true, headers: { origin: server } };

const SMALL = 2 ** 18;
const forms = {
  // The highest quality takes five times as long, for 6 %: for the small files, which the app's first load consists of.
  br: (content: Buffer) => promisify(brotliCompress)(content, { params: { [constants.BROTLI_PARAM_QUALITY]: content.length < SMALL ? 11 : 9 } }),
  gz: (content: Buffer) => promisify(gzip)(content, { level: 9 }),
};

/** Writes each file's compressed forms beside it, where they are smaller; the server gives them to browsers that accept them. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir = "" }, bundle) {
      for (const name of Object.keys(bundle)) {
        const path = join(dir, name);
        const content = await readFile(path);
        for (const [suffix, compress] of Object.entries(forms)) {
          const form = await compress(content);
          if (form.length < content.length) await writeFile(`${path}.${suffix}`, form);
        }
      }
    },
  };
}

/** What is made of a page of docs/ when the front end is built, as a module `virtual:NAME`. */
const docs = (name: string, read: (docs: string) => unknown): Plugin => ({
  name,
  resolveId: (id) => (id === `virtual:${name}` ? `\0${name}` : null),
  load: (id) => (id === `\0${name}` ? `export default ${JSON.stringify(read(`${import.meta.dirname}/../docs`))}` : null),
});

// Django serves the two pages, and what they load from /static/. `npm run dev` serves them itself and asks Django for the rest.
export default defineConfig(({ command }) => ({
  base: command === "build" ? "/static/" : "/",
  plugins: [react(), docs("guide", (from) => chaptersIn(`${from}/guide`)), docs("glossary", (from) => glossaryOf(`${from}/glossary.md`)), compressed()],
  resolve: { alias: [{ find: /^orders-client$/, replacement: `${clientSources}/index.ts` }, { find: /^orders-client\/(\w+)$/, replacement: `${clientSources}/$1.ts` }] },
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
      "/learn/run/": proxied,
      "/demo/": proxied,
      "/readyz": proxied,
    },
  },
}));
