"""One measured process: python -m bench.child MODULE FUNCTION '{"argument": …}'; its last line is the answer in JSON.

bench.ours runs inside the project, with its settings; bench.floors knows nothing of it.
"""

import importlib
import json
import sys

from bench.watching import memory_of


def main(module, function, given):
    if module.startswith("bench.ours"):
        # Only here: a floor must not carry the project's weight.
        import django

        django.setup()
    answer = getattr(importlib.import_module(module), function)(**json.loads(given))
    answer["own_peak_mib"] = round(memory_of("self")[1])
    print(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
