/** Made by vite.config.ts from docs/guide and docs/glossary.md. */
declare module "virtual:guide" {
  const chapters: readonly import("../../guide").Chapter[];
  export default chapters;
}

declare module "virtual:glossary" {
  const entries: readonly import("../../glossary").Entry[];
  export default entries;
}
