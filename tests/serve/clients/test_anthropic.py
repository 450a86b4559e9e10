"""anthropic, as it comes from PyPI."""

import anthropic
import pytest

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]
# Sampling is no argument of the newest clients.
GREEDY = {"temperature": 0}
TOOLS = [{"name": "get_weather", "description": "The weather of a city", "input_schema": {
    "type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
    "required": ["city"]}}]


@pytest.fixture(scope="module")
def client(server):
    return anthropic.Anthropic(base_url=server, api_key="any", max_retries=0, timeout=120)


def test_message(client, model):
    answer = client.messages.create(
        model=model, max_tokens=24, messages=QUESTION, system="Be brief.",
        extra_body=GREEDY)
    assert answer.content[0].type == "text" and "Paris" in answer.content[0].text
    assert answer.stop_reason in ("end_turn", "max_tokens")
    assert answer.usage.output_tokens > 0


def test_stream(client, model):
    with client.messages.stream(
            model=model, max_tokens=24, messages=QUESTION, extra_body=GREEDY) as stream:
        text = "".join(stream.text_stream)
        final = stream.get_final_message()
    assert text and final.content[0].text == text
    assert final.usage.output_tokens > 0 and final.usage.input_tokens >= 0


def test_stop_sequence(client, model):
    answer = client.messages.create(
        model=model, max_tokens=40, messages=QUESTION,
        stop_sequences=["Paris", "zzz"], extra_body=GREEDY)
    assert answer.stop_reason == "stop_sequence" and answer.stop_sequence == "Paris"


def test_tools(client, model):
    answer = client.messages.create(
        model=model, max_tokens=100, tools=TOOLS, tool_choice={"type": "any"},
        extra_body=GREEDY,
        messages=[{"role": "user", "content": "What is the weather in Oslo?"}])
    call = answer.content[-1]
    assert answer.stop_reason == "tool_use" and call.name == "get_weather" and "city" in call.input


def test_stream_tools(client, model):
    with client.messages.stream(
            model=model, max_tokens=100, tools=TOOLS, tool_choice={"type": "any"},
            extra_body=GREEDY,
            messages=[{"role": "user", "content": "What is the weather in Oslo?"}]) as stream:
        pieces = [event.partial_json for event in stream if event.type == "input_json"]
        final = stream.get_final_message()
    assert final.stop_reason == "tool_use" and pieces
    call = final.content[-1]
    again = client.messages.create(
        model=model, max_tokens=8, tools=TOOLS, tool_choice={"type": "none"}, messages=[
            {"role": "user", "content": "What is the weather in Oslo?"},
            {"role": "assistant", "content": final.content},
            {"role": "user", "content": [{"type": "tool_result", "tool_use_id": call.id,
                                          "content": [{"type": "text", "text": "4 degrees"}]}]}])
    assert again.content[0].type == "text"


def test_models(client, model):
    page = client.models.list()
    assert model in [card.id for card in page] and not page.has_more
    card = client.models.retrieve(model)
    assert card.type == "model" and card.display_name and card.created_at.year > 2000
    assert len(client.models.list(limit=1).data) == 1


def test_count_tokens(client, model):
    count = client.messages.count_tokens(model=model, messages=QUESTION).input_tokens
    answer = client.messages.create(model=model, max_tokens=1, messages=QUESTION)
    usage = answer.usage
    assert count == usage.input_tokens + usage.cache_read_input_tokens


def test_errors(client):
    with pytest.raises(anthropic.NotFoundError):
        client.messages.create(model="no/such", max_tokens=1, messages=QUESTION)
    with pytest.raises(anthropic.BadRequestError):
        client.messages.create(model="", max_tokens=0, messages=QUESTION)
