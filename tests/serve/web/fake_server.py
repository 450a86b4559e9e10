"""A server that answers as Hearth's does, without a model: the pages are tried against it. Replies
say the same each time, so that what is shown of them can be compared."""

import json
import os
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

KEY = "hearth-right-key"
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8",
         ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
THOUGHT = "The person wants to see every kind of block."
REPLY = """Here is **what** `there` is, and <img src=x onerror="document.title='hacked'"> stays text.

1. First
2. Second
   - within

| a | b |
|---|---|
| 1 | 2 |

```python
print("hello")
```

> Quoted, [a link](https://example.org) and [no link](javascript:alert(1)).
"""
LONG = "\n\n".join([
    "w" * 400, "`" + "c" * 300 + "`", "```\n" + "x = " + "1 + " * 200 + "1\n" * 60 + "```",
    "| " + " | ".join(["column"] * 30) + " |\n" + "|---" * 30 + "|\n" + "| 1 " * 30 + "|",
    "https://example.org/" + "a" * 300, "# " + "h" * 200])
DOCUMENT = {
    "openapi": "3.1.0", "info": {"title": "Fake", "version": "1"},
    "paths": {
        "/v1/models": {"get": {"tags": ["OpenAI"], "summary": "List the models"}},
        "/v1/models/{id}": {"get": {"tags": ["OpenAI"], "summary": "One model", "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}]}},
        "/v1/chat/completions": {"post": {
            "tags": ["OpenAI"], "summary": "Answer a conversation",
            "requestBody": {"content": {"application/json": {"schema": {
                "$ref": "#/components/schemas/Chat"}}}}}},
        "/health": {"get": {"tags": ["Operation"], "summary": "Whether it is well"}},
    },
    "components": {"schemas": {"Chat": {
        "type": "object", "required": ["model", "messages"],
        "example": {"model": "any", "messages": [{"role": "user", "content": "Hello"}],
                    "stream": True},
        "properties": {
            "model": {"type": "string", "description": "Name of the model."},
            "messages": {"type": "array", "minItems": 1, "items": {
                "type": "object", "required": ["role"], "properties": {
                    "role": {"enum": ["system", "user", "assistant"]},
                    "content": {"anyOf": [{"type": "string"}, {"type": "null"}]}}}},
            "temperature": {"type": "number", "minimum": 0, "maximum": 2, "default": 0.7},
            "stream": {"type": "boolean", "default": False}}}}},
}


# Prompts that are refused so.
ERRORS = {"gone": (404, "model_not_found"), "full": (503, "out_of_memory"), "odd": (400, "odd")}


class State:
    """What all connections share."""

    def __init__(self, needs_key=False, delay=0.02):
        self.needs_key = needs_key
        self.delay = delay
        self.lock = threading.Lock()
        self.generated = self.prompt = self.first_count = self.running = 0
        self.bodies = []
        self.aborted = 0
        self.lists = 0  # Of models, that were asked for.
        self.is_gone = False  # Connections that are open are closed without an answer.


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    folder = ""
    state = State()

    def log_message(self, *_):
        pass

    def reply(self, status, body, kind="application/json", headers=()):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def let_in(self):
        if not self.state.needs_key or self.headers.get("Authorization") == "Bearer " + KEY:
            return True
        self.reply(401, {"error": {"message": "No valid key was shown.", "type": "auth"}})
        return False

    def do_GET(self):
        self.path = self.path.partition("?")[0]
        name = {"/": "index.html", "/docs": "docs.html"}.get(self.path, self.path[1:])
        file = os.path.join(self.folder, os.path.basename(name))
        if name and "/" not in name and os.path.isfile(file):
            with open(file, "rb") as stream:
                self.reply(200, stream.read(), TYPES[os.path.splitext(file)[1]],
                           [("Content-Security-Policy", POLICY)])
        elif self.path == "/openapi.json":
            self.reply(200, DOCUMENT)
        elif self.path == "/health":
            self.reply(200, {"status": "ok"})
        elif not self.let_in():
            pass
        elif self.path == "/v1/models":
            self.state.lists += 1
            self.reply(200, {"object": "list", "data": [
                {"id": "fake-1b", "object": "model", "context_length": 8192},
                {"id": "fake-8b", "object": "model", "context_length": 8192}]})
        elif self.path == "/metrics":
            self.reply(200, self.metrics(), "text/plain; version=0.0.4")
        else:
            self.reply(404, {"error": {"message": "There is nothing here.", "type": "not_found"}})

    def metrics(self):
        state = self.state
        return (f'vllm:num_requests_running{{model_name="fake-1b"}} {state.running}\n'
                f'vllm:num_requests_waiting{{model_name="fake-1b"}} 0\n'
                f'vllm:kv_cache_usage_perc{{model_name="fake-1b"}} {0.1 + 0.2 * state.running}\n'
                f'vllm:prompt_tokens_total{{model_name="fake-1b"}} {state.prompt}\n'
                f'vllm:generation_tokens_total{{model_name="fake-1b"}} {state.generated}\n'
                f'vllm:time_to_first_token_seconds_sum {0.1 * state.first_count}\n'
                f'vllm:time_to_first_token_seconds_count {state.first_count}\n').encode()

    def do_POST(self):
        if self.state.is_gone:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
        if not self.let_in():
            return
        if self.path != "/v1/chat/completions":
            self.reply(404, {"error": {"message": "There is nothing here."}})
            return
        self.state.bodies.append(body)
        prompt = body["messages"][-1]["content"]
        if prompt in ERRORS:
            status, code = ERRORS[prompt]
            self.reply(status, {"error": {"code": code, "message": "The engine's English."}})
            return
        if prompt == "too long":
            self.reply(400, {"error": {"code": "context_length_exceeded", "message": "Too long.",
                                       "n_prompt_tokens": 40112, "n_ctx": 32768}})
            return
        self.stream(prompt)

    def stream(self, prompt):
        state = self.state
        with state.lock:
            state.running += 1
            state.prompt += 200
        try:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(b": loading 40%\n\n")
            time.sleep(0.1)
            self.event({"role": "assistant", "content": ""})
            for word in THOUGHT.split(" "):
                self.event({"reasoning_content": word + " "})
            state.first_count += 1
            if prompt == "wide":
                self.event({"content": LONG})
            if prompt == "break":
                self.chunk({"error": {"code": "device_lost", "message": "The engine's English."}})
                return
            for at in range(0, len(REPLY), 6):
                self.event({"content": REPLY[at:at + 6]})
                state.generated += 2
                time.sleep(state.delay)
            self.event({}, "stop")
            self.chunk({"choices": [], "usage": {"prompt_tokens": 200, "completion_tokens": 80,
                                                 "total_tokens": 280}})
            self.wfile.write(b"data: [DONE]\n\n")
        except (BrokenPipeError, ConnectionResetError):
            state.aborted += 1
        finally:
            self.close_connection = True
            with state.lock:
                state.running -= 1

    def event(self, delta, finish=None):
        self.chunk({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})

    def chunk(self, chunk):
        chunk = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "fake-1b", **chunk}
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()


def serve(folder, state):
    """Starts a server on a free port; gives it, with its URL."""
    handler = type("Bound", (Handler,), {"folder": folder, "state": state})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    print(serve(os.path.join(here, "../../../resources/web"), State())[1], flush=True)
    threading.Event().wait()
