"""Receive webhooks, verify each, and handle each once: WEBHOOK_SECRET=whsec_… PORT=9000 python webhook_consumer.py."""

import os
import sqlite3
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
database = sqlite3.connect("webhooks.sqlite3")
database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")


class Consumer(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        try:
            event = webhook.verify(self.rfile.read(int(self.headers["content-length"])), dict(self.headers))
            with database:  # One transaction: the id, and what the event is for.
                if database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [self.headers["webhook-id"]]).rowcount:
                    print(event["type"], event["data"]["order"]["number"], event["sequence"].lstrip("0"), flush=True)
            self.send_response(204)  # Anything but 2xx makes it come again, under the same id.
        except WebhookVerificationError:
            self.send_response(400)
        self.end_headers()


HTTPServer(("127.0.0.1", int(os.environ.get("PORT", "9000"))), Consumer).serve_forever()
