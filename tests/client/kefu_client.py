#!/usr/bin/env python3
"""A client written from docs/protocol.md alone, with nothing but Python's own library.

It talks in one conversation over WebSocket, with frames that are compressed and without, events and
polls, changes from one to another in the middle of the stream, politely or not, and prints as one JSON
object what it then shows and what it was told. A test compares that with what is stored.

    kefu_client.py BASE TOKEN CONVERSATION --messages 40 --seed 7 --last-words done
"""

import argparse
import base64
import http.client
import json
import os
import random
import socket
import struct
import sys
import time
from urllib.parse import quote, urlsplit

PROTOCOL = "kefu.v1.json"
# Seconds after which a silent connection is given up.
PATIENCE_S = 30.0
# The longest frame that is taken.
FRAME_BYTES_MAX = 16 << 20


class Cut(Exception):
    """The connection is gone; whoever needs one makes another."""


def uncompressed(block):
    """What a block of Snappy's raw format holds: its length, then literals and copies."""
    size, shift, at = 0, 0, 0
    while True:
        byte, at = block[at], at + 1
        size |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            break
    if size > FRAME_BYTES_MAX:
        raise AssertionError(f"a frame of {size} bytes")

    def number(width):
        nonlocal at
        at += width
        return int.from_bytes(block[at - width : at], "little")

    text = bytearray()
    while at < len(block):
        tag, at = block[at], at + 1
        kind, length = tag & 3, (tag >> 2) + 1
        if kind == 0:
            if length > 60:
                length = number(length - 60) + 1
            text += block[at : at + length]
            at += length
            continue
        if kind == 1:
            length, offset = (tag >> 2 & 7) + 4, (tag >> 5 << 8) + number(1)
        else:
            offset = number(2 if kind == 2 else 4)
        if not 0 < offset <= len(text):
            raise AssertionError(f"a copy from {offset} bytes before byte {len(text)}")
        # One after the other, for a copy may read what it has written itself.
        for _ in range(length):
            text.append(text[-offset])
    if at != len(block) or len(text) != size:
        raise AssertionError(f"{len(text)} bytes where {size} were due")
    return bytes(text)


class WebSocket:
    """One frame is one text message (RFC 6455)."""

    name = "websocket"
    protocol = PROTOCOL
    opcode = 1
    # Of all connections.
    compressed = 0

    def __init__(self, base, hello):
        self.socket = socket.create_connection((base.hostname, base.port), timeout=PATIENCE_S)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall(
            f"GET /ws HTTP/1.1\r\nHost: {base.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n"
            f"Sec-WebSocket-Protocol: kefu.v9.json, {self.protocol}\r\n\r\n".encode()
        )
        self.buffer = b""
        while b"\r\n\r\n" not in self.buffer:
            self._more()
        head, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        if b" 101 " not in head.split(b"\r\n", 1)[0]:
            raise Cut(head.decode(errors="replace"))
        chosen = [line.split(b":", 1) for line in head.lower().split(b"\r\n")[1:]]
        if [b"sec-websocket-protocol", f" {self.protocol}".encode()] not in chosen:
            raise AssertionError(f"{self.protocol} was not chosen: {head}")
        self.up([hello])

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except OSError as error:
            raise Cut(str(error)) from error
        if not data:
            raise Cut("the server hung up")
        self.buffer += data

    def _take(self, count):
        while len(self.buffer) < count:
            self._more()
        taken, self.buffer = self.buffer[:count], self.buffer[count:]
        return taken

    def _put(self, opcode, payload):
        mask = os.urandom(4)
        length = len(payload)
        if length < 126:
            head = struct.pack("!BB", 0x80 | opcode, 0x80 | length)
        else:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, length)
        masked = bytes(byte ^ mask[at % 4] for at, byte in enumerate(payload))
        try:
            self.socket.sendall(head + mask + masked)
        except OSError as error:
            raise Cut(str(error)) from error

    def up(self, frames):
        for frame in frames:
            self._put(self.opcode, self.written(json.dumps(frame).encode()))

    def written(self, text):
        return text

    def read(self, message):
        return message

    def down(self):
        """The next frames; at least one."""
        message = b""
        while True:
            first, second = self._take(2)
            length = second & 0x7F
            if length == 126:
                (length,) = struct.unpack("!H", self._take(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", self._take(8))
            payload, opcode = self._take(length), first & 0x0F
            if opcode == 8:
                raise Cut(f"closed: {payload[:2].hex()}")
            if opcode == 9:
                self._put(10, payload)
            elif opcode in (0, self.opcode):
                message += payload
                if first & 0x80:
                    return [json.loads(self.read(message))]
            elif opcode != 10:
                raise AssertionError(f"a message with opcode {opcode}")

    def end(self, politely):
        if politely:
            try:
                self._put(8, struct.pack("!H", 1000))
            except Cut:
                pass
        self.socket.close()


class Compressed(WebSocket):
    """One frame is one binary message: a byte that says whether the rest is compressed, and the rest."""

    name = "compressed"
    protocol = PROTOCOL + "+snappy"
    opcode = 2

    def written(self, text):
        return b"\0" + text

    def read(self, message):
        form, rest = message[0], message[1:]
        if form == 0:
            return rest
        if form != 1:
            raise AssertionError(f"a message that begins with {form}")
        WebSocket.compressed += 1
        return uncompressed(rest)


class OverHttp:
    """What events and polls have in common: begun by one request, frames up by POST."""

    def __init__(self, base, hello):
        self.base = base
        self.posts = http.client.HTTPConnection(base.hostname, base.port, timeout=PATIENCE_S)
        begun = self._ask("POST", f"/stream?protocol={PROTOCOL}", {"frames": [hello]})
        self.waiting, self.after = [], 0
        self._took(begun)
        self.stream = quote(begun.get("stream", ""))

    def _ask(self, method, path, body=None):
        headers = {"Content-Type": "application/json"} if body is not None else {}
        try:
            data = json.dumps(body) if body is not None else None
            self.posts.request(method, path, data, headers)
            response = self.posts.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            raise Cut(str(error)) from error
        if response.status >= 300:
            raise Cut(f"{method} {path.split('?')[0]}: {response.status} {text[:200]!r}")
        return json.loads(text) if text else {}

    def _took(self, answer):
        frames = answer.get("frames", [])
        if frames:
            first = int(answer["first"])
            if first != self.after + 1:
                raise AssertionError(f"frame {first} where {self.after + 1} was due")
            self.after += len(frames)
        self.waiting += frames
        if answer.get("closeCode") and not frames:
            raise Cut(f"ended: {answer['closeCode']}")

    def up(self, frames):
        self._ask(
            "POST", f"/stream/frames?stream={self.stream}&after={self.after}", {"frames": frames}
        )

    def end(self, politely):
        if politely:
            try:
                self._ask("DELETE", f"/stream?stream={self.stream}")
            except Cut:
                pass
        self.posts.close()


class Polls(OverHttp):
    name = "polls"

    def down(self):
        while not self.waiting:
            asked = time.monotonic()
            answer = self._ask("GET", f"/stream/poll?stream={self.stream}&after={self.after}")
            took = time.monotonic() - asked
            if took > 25.5:
                raise AssertionError(f"a poll took {took} seconds")
            self._took(answer)
        frames, self.waiting = self.waiting, []
        return frames


class Events(OverHttp):
    name = "events"

    def __init__(self, base, hello):
        super().__init__(base, hello)
        self.reading = None
        self._listen()

    def _listen(self):
        self.reading = http.client.HTTPConnection(
            self.base.hostname, self.base.port, timeout=PATIENCE_S
        )
        path = f"/stream/events?stream={self.stream}"
        try:
            self.reading.request("GET", path, headers={"Last-Event-ID": str(self.after)})
            self.lines = self.reading.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise Cut(str(error)) from error
        if self.lines.status != 200:
            raise Cut(f"events: {self.lines.status}")

    def down(self):
        while not self.waiting:
            event = {"event": "message", "data": []}
            while True:
                try:
                    line = self.lines.readline()
                except (OSError, http.client.HTTPException) as error:
                    raise Cut(str(error)) from error
                if not line:
                    raise Cut("the events ended")
                line = line.decode().rstrip("\n")
                if not line:
                    break
                field, _, value = line.partition(":")
                value = value.removeprefix(" ")
                if field == "data":
                    event["data"].append(value)
                elif field:
                    event[field] = value
            if event["event"] == "close":
                raise Cut(f"ended: {event['data']}")
            if event["data"]:
                frame = json.loads("\n".join(event["data"]))
                self._took({"first": event["id"], "frames": [frame]})
        frames, self.waiting = self.waiting, []
        return frames

    def end(self, politely):
        if self.reading:
            self.reading.close()
        super().end(politely)


class Client:
    """What a page keeps, whatever it talks over."""

    def __init__(self, options):
        self.base = urlsplit(options.base)
        self.token = options.token
        self.conversation = options.conversation
        self.random = random.Random(options.seed)
        self.shown, self.seq, self.epoch = [], 0, 0
        self.accepted, self.unsent, self.asked = {}, [], {}
        self.ref = 0
        self.line = None
        self.used = {}

    def frame(self, **body):
        self.ref += 1
        return {"ref": str(self.ref), **body}

    def connect(self, kind):
        hello = self.frame(hello={"token": self.token, "language": "en", "deviceId": "python"})
        self.line = kind(self.base, hello)
        self.used[kind.name] = self.used.get(kind.name, 0) + 1
        self.is_open = False
        self.asked = {}
        place = {
            "conversationId": self.conversation,
            "afterSeq": str(self.seq),
            "epoch": str(self.epoch),
        }
        # What was never acknowledged is sent again, in its order.
        self.line.up([self.frame(open=place)] + [self.say(*words) for words in self.unsent])

    def say(self, client_id, words):
        send = {
            "conversationId": self.conversation,
            "clientId": client_id,
            "body": {"text": {"text": words}},
        }
        frame = self.frame(send=send)
        self.asked[frame["ref"]] = client_id
        return frame

    def says(self, client_id, words):
        self.unsent.append((client_id, words))
        self.line.up([self.say(client_id, words)])

    def hear(self):
        for frame in self.line.down():
            if "opened" in frame:
                self.opened(frame["opened"])
            elif "messages" in frame:
                self.messages(frame["messages"])
            elif "accepted" in frame:
                told = frame["accepted"]
                self.accepted[told["clientId"]] = [told["id"], told["seq"]]
                self.unsent = [words for words in self.unsent if words[0] != told["clientId"]]
            elif "problem" in frame:
                problem = frame["problem"]
                if not problem.get("retryAfterMs"):
                    raise AssertionError(f"refused: {frame}")
                raise Cut(f"for the moment: {problem}")
            elif "goodbye" in frame:
                raise Cut(f"goodbye: {frame['goodbye']}")

    def opened(self, opened):
        if int(opened.get("afterSeq", 0)) < self.seq:
            self.shown, self.seq = [], 0
        self.epoch = int(opened.get("epoch", 0))
        self.is_open = True

    def messages(self, batch):
        if not self.is_open or batch["conversationId"] != self.conversation:
            return
        for message in batch["messages"]:
            seq = int(message["seq"])
            if seq != self.seq + 1:
                raise AssertionError(f"message {seq} where {self.seq + 1} was due")
            self.seq = seq
            words = message.get("body", {}).get("text", {}).get("text", "")
            self.shown.append([message["id"], message["seq"], words])

    def life(self, count, last_words):
        kinds = [WebSocket, Compressed, Events, Polls]
        said, next_kinds = 0, []
        while True:
            try:
                if self.line is None:
                    # Each as often as the others, in another order every time.
                    next_kinds = next_kinds or self.random.sample(kinds, len(kinds))
                    self.connect(next_kinds.pop())
                for _ in range(self.random.randrange(1, 6)):
                    if said < count:
                        said += 1
                        self.says(f"py-{said}", f"line {said}")
                    self.hear()
                    # Now, and not after the next frame: nothing more may come.
                    done = said == count and not self.unsent
                    if done and any(words == last_words for _, _, words in self.shown):
                        self.line.end(True)
                        return
            except Cut as why:
                print(f"{self.line and self.line.name}: {why}", file=sys.stderr)
                time.sleep(0.05)
            # In the middle of whatever comes next.
            if self.line is not None:
                self.line.end(self.random.random() < 0.5)
                self.line = None


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base")
    parser.add_argument("token")
    parser.add_argument("conversation")
    parser.add_argument("--messages", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--last-words", default="done")
    options = parser.parse_args()
    client = Client(options)
    client.life(options.messages, options.last_words)
    told = {
        "shown": client.shown,
        "accepted": client.accepted,
        "used": client.used,
        "compressed": WebSocket.compressed,
    }
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main()
