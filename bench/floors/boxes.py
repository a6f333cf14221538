"""Bare sealed boxes opened on all cores: nothing is read, checked, sorted or written."""

import multiprocessing
import os

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from bench.watching import Watch

SUITE = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
DISTINCT = 2000


def run(size):
    """Open so many boxes; a few thousand distinct ones, again and again."""
    private = X25519PrivateKey.generate()
    boxes = [SUITE.encrypt(bytes(64), private.public_key(), b"floor%d" % n) for n in range(DISTINCT)]
    cores = os.cpu_count() or 1
    with multiprocessing.get_context("fork").Pool(cores, start, [private, boxes]) as pool:
        pool.map(open_some, [10] * cores)
        with Watch(root=os.getpid()) as watch:
            pool.map(open_some, [DISTINCT] * (size // DISTINCT), chunksize=1)
    return {**watch.said(), "operations": size // DISTINCT * DISTINCT}


def start(private, boxes):
    global kept
    kept = private, boxes


def open_some(count):
    private, boxes = kept
    for n in range(count):
        SUITE.decrypt(boxes[n], private, b"floor%d" % n)
