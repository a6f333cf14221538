"""A mail server that accepts everything and keeps nothing but a count: python -m bench.sink PORT."""

import asyncio
import sys


class Sink(asyncio.Protocol):
    """One connection. COUNT, which no mail program sends, answers how many letters have come in over all."""

    letters = 0

    def connection_made(self, transport):
        self.transport, self.waiting, self.in_letter = transport, b"", False
        transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data):
        self.waiting += data
        while True:
            end = b"\r\n.\r\n" if self.in_letter else b"\r\n"
            line, found, rest = self.waiting.partition(end)
            if not found:
                return
            self.waiting = rest
            self.hear(b"." if self.in_letter else line[:4].upper())

    def hear(self, verb):
        if verb == b".":
            Sink.letters += 1
            self.in_letter = False
            self.transport.write(b"250 taken\r\n")
        elif verb == b"DATA":
            self.in_letter = True
            self.transport.write(b"354 go on\r\n")
        elif verb == b"COUN":
            self.transport.write(b"250 %d\r\n" % Sink.letters)
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 sink\r\n")


async def serve(port):
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
