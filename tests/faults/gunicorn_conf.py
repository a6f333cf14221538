"""What a web worker does under faults beside its work: say, for whoever kills it, which step it is at."""

import os


def post_worker_init(worker):
    # Only here is Django loaded, and this is the worker's own process.
    from tests.faults import steps
    from voting import ballotbox, casting

    steps.publish(steps.of_process(os.environ["FAULTS_FOLDER"]))
    steps.watch(casting, "seal", "sealing")
    steps.watch(ballotbox, "cast", "casting")
    steps.watch(ballotbox, "status", "asking for her vote")
    steps.watch(casting, "receipt_number", "writing the receipt")
    worker.wsgi = steps.during("in the request", worker.wsgi)
