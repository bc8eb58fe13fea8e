// Receive webhooks, verify each, and handle each once: WEBHOOK_SECRET=whsec_… PORT=9000 node webhook_consumer.ts
import { createHmac, timingSafeEqual } from "node:crypto";
import { appendFileSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const seen = new Set(readFileSync("webhooks.seen", { encoding: "utf8", flag: "a+" }).split("\n")); // Better: a table.
const key = Buffer.from(String(process.env["WEBHOOK_SECRET"]).replace("whsec_", ""), "base64");

createServer(async (request, response) => {
  const body = await buffer(request);
  const [id = "", time, signatures = ""] = ["id", "timestamp", "signature"].map((name) => String(request.headers[`webhook-${name}`]));
  const right = Buffer.from(`v1,${createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest("base64")}`);
  const isSigned = signatures.split(" ").some((one) => one.length === right.length && timingSafeEqual(Buffer.from(one, "latin1"), right));
  if (!isSigned || Math.abs(Date.now() / 1000 - Number(time)) > 300) return response.writeHead(400).end();
  if (!seen.has(id)) {
    const { type, data, sequence } = JSON.parse(String(body));
    console.log(type, data.order.number, Number(sequence));
    appendFileSync("webhooks.seen", `${id}\n`);
    seen.add(id);
  }
  return response.writeHead(204).end(); // Anything but 2xx makes it come again, under the same id.
}).listen(Number(process.env["PORT"] ?? 9000), "127.0.0.1");
