// Receive webhooks, verify each, and handle each once: WEBHOOK_SECRET=whsec_… node webhook_consumer.mjs [port]
import { createHmac, timingSafeEqual } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { buffer } from "node:stream/consumers";

const SEEN = "webhooks.seen"; // Better: a table in your database, written in one transaction with what the event is for.
const seen = new Set(existsSync(SEEN) ? readFileSync(SEEN, "utf8").split("\n") : []);
const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");

function verified({ "webhook-id": id, "webhook-timestamp": time, "webhook-signature": signatures = "" }, body) {
  const expected = createHmac("sha256", key).update(`${id}.${time}.`).update(body).digest();
  const given = signatures.split(" ").map((one) => Buffer.from(one.replace("v1,", ""), "base64"));
  const isFresh = Math.abs(Date.now() / 1000 - Number(time)) < 300;
  return isFresh && given.some((one) => one.length === expected.length && timingSafeEqual(one, expected));
}

createServer(async (request, response) => {
  const body = await buffer(request);
  if (!verified(request.headers, body)) return response.writeHead(400).end();
  const id = request.headers["webhook-id"];
  if (!seen.has(id)) {
    const event = JSON.parse(body);
    console.log(event.type, event.data.order.number, Number(event.sequence));
    seen.add(id);
    appendFileSync(SEEN, `${id}\n`);
  }
  response.writeHead(204).end(); // Anything but 2xx makes it come again, under the same id.
}).listen(Number(process.argv[2] ?? 9000), "127.0.0.1");
