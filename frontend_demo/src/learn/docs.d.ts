/** Made by vite.config.ts from docs/guide. */
declare module "virtual:guide" {
  const chapters: readonly import("../../guide").Chapter[];
  export default chapters;
}
