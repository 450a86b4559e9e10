"""The interactive API as LMDeploy's own clients (api_client, Gradio page) use it."""

import json
import threading
import urllib.error
import urllib.request

import pytest


class Client:
    """As lmdeploy.serve.openai.api_client has it: a request a line of JSON."""

    def __init__(self, url):
        self.url = url

    def open(self, path, body):
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"content-type": "application/json"})
        return urllib.request.urlopen(request, timeout=120)

    def lines(self, prompt, session, output=32, interactive=True, **more):
        body = {"prompt": prompt, "session_id": session, "interactive_mode": interactive,
                "stream": True, "request_output_len": output, "temperature": 0.0, "top_k": 1}
        body.update(more)
        with self.open("/v1/chat/interactive", body) as answer:
            for line in answer:
                if line.strip():
                    yield json.loads(line)

    def say(self, prompt, session, **more):
        lines = list(self.lines(prompt, session, **more))
        assert all(line["finish_reason"] is None for line in lines[:-1])
        return "".join(line["text"] for line in lines), lines[-1]

    def end(self, session):
        return self.say("", session, output=0, interactive=False)[1]


@pytest.fixture(scope="module")
def client(server):
    return Client(server)


def test_two_rounds(client):
    text, first = client.say("What is the capital of France?", 501)
    assert "Paris" in text and first["history_tokens"] == 0
    _, second = client.say("And of Germany?", 501)
    assert second["history_tokens"] == first["input_tokens"] + first["tokens"]
    assert second["input_tokens"] < 20  # the new turn only
    assert client.end(501)["tokens"] == 0
    assert client.say("Hi", 501)[1]["history_tokens"] == 0
    client.end(501)


def test_cancel_as_gradio_does(client):
    """Stop, end, and put the history back without a reply."""
    seen = []
    running = threading.Event()

    def stream():
        for line in client.lines("Tell me a long story.", 502, output=1500, ignore_eos=True):
            seen.append(line)
            running.set()

    thread = threading.Thread(target=stream)
    thread.start()
    assert running.wait(60)
    with pytest.raises(urllib.error.HTTPError) as occupied:
        client.say("Hello", 502)
    assert occupied.value.code == 409
    client.open("/v1/chat/interactive", {"session_id": 502, "cancel": True, "prompt": ""}).read()
    thread.join(60)
    assert seen[-1]["finish_reason"] == "stop" and seen[-1]["tokens"] < 1500
    client.end(502)
    history = [{"role": "user", "content": "Tell me a long story."},
               {"role": "assistant", "content": "".join(line["text"] for line in seen)}]
    _, replayed = client.say(history, 502, output=0)
    assert replayed["tokens"] == 0
    assert client.say("Go on.", 502)[1]["history_tokens"] == replayed["input_tokens"]
    client.end(502)


def test_without_a_session(client):
    text, last = client.say("What is the capital of France?", -1, interactive=False)
    assert "Paris" in text and last["history_tokens"] == 0


def test_full_session(client):
    text, last = client.say("Hi", 503, output=10**6)
    assert text == "" and last["finish_reason"] == "length" and last["tokens"] == 0


def test_encode(client):
    answer = json.load(client.open("/v1/encode", {"input": ["Hello", "Hello world"]}))
    assert answer["length"] == [len(ids) for ids in answer["input_ids"]]
    assert answer["input_ids"][1][:1] == answer["input_ids"][0][:1]


def test_generate_is_both(client):
    body = {"inputs": "The capital of France is", "parameters": {"max_new_tokens": 4}}
    assert "Paris" in json.load(client.open("/generate", body))["generated_text"]
    body = {"prompt": "What is the capital of France?", "temperature": 0.0}
    assert "Paris" in json.load(client.open("/generate", body))["text"]
