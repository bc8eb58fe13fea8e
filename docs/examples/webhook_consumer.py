"""Receive webhooks, verify each, and handle each once: WEBHOOK_SECRET=whsec_… python webhook_consumer.py [port].

pip install standardwebhooks
"""

import os
import sqlite3
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

from standardwebhooks.webhooks import Webhook, WebhookVerificationError

webhook = Webhook(os.environ["WEBHOOK_SECRET"])
database = sqlite3.connect("webhooks.sqlite3")
database.execute("CREATE TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY)")


class Consumer(BaseHTTPRequestHandler):
    """Answers 2xx once an event is handled; anything else makes it come again, under the same id."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        try:
            event = webhook.verify(body, dict(self.headers))
        except WebhookVerificationError:
            return self.send(400)
        with database:  # One transaction: the id, and what the event is for.
            if database.execute("INSERT OR IGNORE INTO seen VALUES (?)", [self.headers["webhook-id"]]).rowcount:
                print(event["type"], event["data"]["order"]["number"], event["sequence"].lstrip("0"), flush=True)
        return self.send(204)

    def send(self, status: int) -> None:
        self.send_response(status)
        self.end_headers()


HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 9000), Consumer).serve_forever()
