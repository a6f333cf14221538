"""The embedded default: web server, Celery worker and beat as threads of one process, over an in-memory broker.

A worker started with -B does not work there: its beat is another process with a queue of its own.
"""

import threading
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIServer

from celery.beat import EmbeddedService
from django.core.servers.basehttp import WSGIRequestHandler

from endorsements.celery import app
from endorsements.wellformed import wsgi_application


class Server(ThreadingMixIn, WSGIServer):
    """Python's own WSGI server, a thread a request; for one laptop, never for production."""

    daemon_threads = True
    request_queue_size = 64
    allow_reuse_address = True


class QuietHandler(WSGIRequestHandler):
    """Requests are not logged: their paths hold private links."""

    def log_message(self, format, *args):
        pass


class Site:
    """Everything that runs; start() returns at once, stop() ends it in the order server, beat, worker."""

    def __init__(self, port, host="127.0.0.1"):
        self.server = Server((host, port), QuietHandler)
        self.server.set_app(wsgi_application())
        self.worker = app.WorkController(
            app=app, pool="threads", concurrency=2, without_mingle=True, without_gossip=True, without_heartbeat=True
        )
        self.beat = EmbeddedService(app, thread=True, max_interval=1)

    @property
    def port(self):
        return self.server.server_address[1]

    def start(self):
        threading.Thread(target=self.worker.start, name="worker", daemon=True).start()
        self.beat.start()
        threading.Thread(target=self.server.serve_forever, name="web", daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.beat.stop()
        self.worker.stop()
