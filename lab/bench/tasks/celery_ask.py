"""Asks Celery for tasks: how many, of which kind, milliseconds between two. Prints their ids, one a line."""

import sys
import time

from celery_app import app

kind, count, pause_ms, *rest = sys.argv[1:]
task = app.tasks[f"celery_app.{kind}"]
countdown = float(rest[1]) if len(rest) > 1 else None

ids = []
with app.producer_pool.acquire(block=True) as producer:
    for _ in range(int(count)):
        argument = rest[0] if rest else time.time() * 1000
        ids.append(task.apply_async([argument], producer=producer, countdown=countdown).id)
        if float(pause_ms) > 0:
            time.sleep(float(pause_ms) / 1000)
print("\n".join(ids))
