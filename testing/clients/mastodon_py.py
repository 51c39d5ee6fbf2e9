"""Drives Mastodon.py by lines: reads {"call", "args"} as JSON, and answers each by {"result"} or {"error"}.

What is heard on the user stream comes in between as {"heard": {"event", "id"}}.
"""

import json
import sys
import threading
from datetime import datetime

from mastodon import Mastodon, StreamListener

say_lock = threading.Lock()


def say(line):
    with say_lock:
        print(json.dumps(line), flush=True)


class Listener(StreamListener):
    def on_update(self, status):
        say({"heard": {"event": "update", "id": str(status.id)}})

    def on_delete(self, status_id):
        say({"heard": {"event": "delete", "id": str(status_id)}})


class Calls:
    def __init__(self, url):
        client_id, client_secret = Mastodon.create_app("Mastodon.py", api_base_url=url)
        self.api = Mastodon(client_id, client_secret, api_base_url=url)

    def authorize_url(self):
        return self.api.auth_request_url()

    def log_in(self, code):
        self.api.log_in(code=code)

    def who_am_i(self):
        return self.api.account_verify_credentials().acct

    def home(self):
        return [str(status.id) for status in self.api.timeline_home(limit=40)]

    def post(self, text):
        return str(self.api.status_post(text).id)

    def remove(self, status_id):
        self.api.status_delete(status_id)

    def follow(self, handle):
        self.api.account_follow(self.api.account_lookup(handle).id)

    def schedule(self, text, at):
        at = datetime.fromisoformat(at.replace("Z", "+00:00"))
        return self.api.status_post(text, scheduled_at=at).scheduled_at.isoformat()

    def listen(self):
        self.api.stream_user(Listener(), run_async=True)


calls = Calls(sys.argv[1])
for line in sys.stdin:
    asked = json.loads(line)
    try:
        say({"result": getattr(calls, asked["call"])(*asked["args"])})
    except Exception as error:
        say({"error": repr(error)})
