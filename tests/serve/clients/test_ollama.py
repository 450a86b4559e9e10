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


def get_weather(city: str) -> str:
    """The weather of a city.

    Args:
        city: Its name
    """
    return f"4 degrees in {city}"


def test_tools(client, model):
    asked = [{"role": "user", "content": "What is the weather in Oslo?"}]
    answer = client.chat(model=model, messages=asked, tools=[get_weather], options=GREEDY)
    assert answer.message.content or answer.message.tool_calls
    turns = asked + [
        {"role": "assistant", "tool_calls": [
            {"function": {"name": "get_weather", "arguments": {"city": "Oslo"}}}]},
        {"role": "tool", "tool_name": "get_weather", "content": get_weather("Oslo")}]
    again = client.chat(model=model, messages=turns, tools=[get_weather], options=GREEDY)
    assert again.message.content or again.message.tool_calls


def test_tools_with_a_format(client, model):
    schema = {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
              "required": ["city"]}
    answer = client.chat(model=model, messages=QUESTION, tools=[get_weather], format=schema,
                         options={"temperature": 0, "num_predict": 200})
    if answer.message.tool_calls:
        assert answer.message.tool_calls[0].function.name == "get_weather"
    else:
        assert set(json.loads(answer.message.content)) == {"city"}


def test_no_limit_and_a_context(client, model):
    answer = client.chat(model=model, messages=QUESTION, options={
        "temperature": 0, "num_predict": -1, "num_ctx": 4096, "stop": ["Paris"]})
    assert answer.done_reason == "stop"


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
