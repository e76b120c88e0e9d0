from __future__ import annotations

import socket
import threading
import time
from hashlib import sha256

from tests.servers.distance import distant


def test_an_answer_takes_a_round_trip_and_much_at_once_no_longer():
    sent = bytes(range(256)) * 40_000
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve():
            line, _ = listener.accept()
            with line:
                assert line.recv(10) == b"more"
                line.sendall(sent)

        serving = threading.Thread(target=serve)
        serving.start()
        with distant(listener.getsockname()[1], 0.2) as port, socket.create_connection(("127.0.0.1", port)) as client:
            began = time.monotonic()
            client.sendall(b"more")
            first = client.recv(1)
            assert time.monotonic() - began >= 0.2
            came = sha256(first)
            while octets := client.recv(1 << 20):
                came.update(octets)
        serving.join()
    assert came.digest() == sha256(sent).digest()
