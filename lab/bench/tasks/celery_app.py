"""The same tasks for Celery: both queues on one Redis server, acknowledged when done, one message fetched ahead for each slot."""

import os
import time

import redis
from celery import Celery
from celery.signals import worker_ready

URL = os.environ["BENCH_REDIS_URL"]

app = Celery("bench", broker=URL, backend=URL)
app.conf.update(
    task_acks_late=True,
    task_reject_on_worker_lost=True,
    worker_prefetch_multiplier=1,
    task_serializer="json",
    result_serializer="json",
    accept_content=["json"],
    worker_send_task_events=False,
    broker_connection_retry_on_startup=True,
    broker_transport_options={"visibility_timeout": int(os.environ.get("BENCH_VISIBILITY_S", "3600"))},
)


@worker_ready.connect
def say_so(**_):
    print("ready", flush=True)


@app.task
def noop(asked_at):
    return [asked_at, time.time() * 1000]


@app.task
def ten_ms(asked_at):
    started_at = time.time() * 1000
    time.sleep(0.01)
    return [asked_at, started_at]


@app.task
def fragile(key):
    """Hangs when it runs for the first time, to be killed; says when it was run again."""
    store = redis.Redis.from_url(URL)
    if store.incr(key) == 1:
        time.sleep(600)
    return time.time() * 1000


@app.task
def counted(key):
    redis.Redis.from_url(URL).incr(key)
