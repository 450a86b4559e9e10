"""ollama, as it comes from PyPI, synchronous and not."""

import asyncio
import json

import ollama
import pytest

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
GREEDY = {"temperature": 0, "num_predict": 24}


@pytest.fixture(scope="module")
def client(server):
    return ollama.Client(host=server)


def test_chat(client, model):
    answer = client.chat(model=model, messages=QUESTION, options=GREEDY)
    assert "Paris" in answer.message.content
    assert answer.done and answer.done_reason in ("stop", "length")
    assert answer.eval_count > 0 and answer.prompt_eval_count > 0
    assert answer.total_duration >= answer.eval_duration > 0


def test_chat_stream(client, model):
    whole = client.chat(model=model, messages=QUESTION, options=GREEDY).message.content
    pieces = list(client.chat(model=model, messages=QUESTION, options=GREEDY, stream=True))
    assert "".join(piece.message.content for piece in pieces) == whole
    assert [piece.done for piece in pieces] == [False] * (len(pieces) - 1) + [True]
    assert len(pieces) > 3


def test_generate_goes_on_from_a_context(client, model):
    first = client.generate(model=model, prompt="What is the capital of France?", options=GREEDY)
    assert "Paris" in first.response and len(first.context) > first.eval_count
    second = client.generate(
        model=model, prompt="And of Germany?", context=first.context, options=GREEDY)
    assert second.prompt_eval_count > len(first.context)
    assert list(client.generate(model=model, prompt="Hi", options=GREEDY, stream=True))[-1].done


def test_async(server, model):
    async def run():
        client = ollama.AsyncClient(host=server)
        stream = await client.chat(model=model, messages=QUESTION, options=GREEDY, stream=True)
        return "".join([piece.message.content async for piece in stream])
    assert "Paris" in asyncio.run(run())


def test_json_schema(client, model):
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
              "required": ["city"]}
    answer = client.chat(model=model, messages=QUESTION, format=schema,
                         options={"temperature": 0, "num_predict": 100})
    assert set(json.loads(answer.message.content)) == {"city"}


def test_models(client, model):
    names = [entry.model for entry in client.list().models]
    assert any(name.split(":")[0] == model or name == model for name in names)
    shown = client.show(model)
    assert shown.modelinfo["general.architecture"] == "llama"
    assert "completion" in shown.capabilities
    client.generate(model=model)  # only loads it
    running = client.ps().models
    assert running and running[0].expires_at


def test_embed(client, model):
    answer = client.embed(model=model, input=["one", "two"])
    assert len(answer.embeddings) == 2
    assert abs(sum(value * value for value in answer.embeddings[0]) - 1) < 1e-3
    assert len(client.embeddings(model=model, prompt="one").embedding) == len(answer.embeddings[0])


def test_errors(client):
    with pytest.raises(ollama.ResponseError) as error:
        client.chat(model="nobody", messages=QUESTION)
    assert error.value.status_code == 404 and "nobody" in error.value.error
