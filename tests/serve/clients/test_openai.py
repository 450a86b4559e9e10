"""openai-python, synchronous and not, as it comes from PyPI."""

import asyncio
import json

import openai
import pytest
from pydantic import BaseModel, Field

QUESTION = [{"role": "user", "content": "What is the capital of France?"}]


class Answer(BaseModel):
    city: str
    country: str


@pytest.fixture(scope="module")
def client(server):
    return openai.OpenAI(base_url=server + "/v1", api_key="any", max_retries=0, timeout=120)


def test_models(client, model):
    assert model in [card.id for card in client.models.list()]
    card = client.models.retrieve(model)
    assert card.object == "model" and card.context_length >= 2048


def test_chat(client, model):
    answer = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=24)
    assert "Paris" in answer.choices[0].message.content
    assert answer.usage.total_tokens == answer.usage.prompt_tokens + answer.usage.completion_tokens


def test_chat_stream_equals_whole(client, model):
    arguments = dict(model=model, messages=QUESTION, temperature=0, max_tokens=24)
    whole = client.chat.completions.create(**arguments).choices[0].message.content
    text, usage, ids = "", None, set()
    for chunk in client.chat.completions.create(
            **arguments, stream=True, stream_options={"include_usage": True}):
        ids.add(chunk.id)
        usage = chunk.usage or usage
        for choice in chunk.choices:
            text += choice.delta.content or ""
    assert text == whole and len(ids) == 1 and usage.completion_tokens > 0


def test_chat_second_round_uses_the_cache(client, model):
    turns = QUESTION + [{"role": "assistant", "content": "Paris. " * 60},
                        {"role": "user", "content": "And of Italy?"}]
    client.chat.completions.create(model=model, messages=turns[:2] + turns[2:], max_tokens=4)
    again = client.chat.completions.create(model=model, messages=turns, max_tokens=4)
    assert again.usage.prompt_tokens_details.cached_tokens > 50


def test_choices_seed_and_stop(client, model):
    arguments = dict(model=model, messages=QUESTION, n=3, seed=7, temperature=1.0, max_tokens=12)
    first = client.chat.completions.create(**arguments)
    again = client.chat.completions.create(**arguments)
    texts = [choice.message.content for choice in first.choices]
    assert len(texts) == 3 and texts == [choice.message.content for choice in again.choices]
    stopped = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=30, stop=["Paris"])
    assert "Paris" not in stopped.choices[0].message.content
    assert stopped.choices[0].finish_reason == "stop"


def test_logprobs(client, model):
    answer = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=8, logprobs=True, top_logprobs=3)
    tokens = answer.choices[0].logprobs.content
    assert "".join(token.token for token in tokens) == answer.choices[0].message.content
    assert all(len(token.top_logprobs) == 3 and token.logprob <= 0 for token in tokens)
    assert tokens[0].top_logprobs[0].token == tokens[0].token


def test_logit_bias(client, model):
    plain = client.chat.completions.create(
        model=model, messages=QUESTION, temperature=0, max_tokens=1)
    whole = client.completions.create(model=model, prompt="a b c", max_tokens=1, temperature=0)
    assert whole.choices[0].text != "" and plain.choices[0].message.content != ""
    biased = client.completions.create(
        model=model, prompt="a b c", max_tokens=6, temperature=0, logit_bias={"42": 100})
    assert len(set(biased.choices[0].text.split("x"))) >= 1
    assert biased.choices[0].text == biased.choices[0].text[0] * 6


def test_completions(client, model):
    answer = client.completions.create(
        model=model, prompt=["One, two, three,", "A, B, C,"], max_tokens=6, temperature=0,
        logprobs=2, n=2)
    assert [choice.index for choice in answer.choices] == [0, 1, 2, 3]
    assert answer.choices[0].text == answer.choices[1].text
    assert "".join(answer.choices[0].logprobs.tokens) == answer.choices[0].text
    tokens = client.completions.create(model=model, prompt=[[504, 282], [282]], max_tokens=2)
    assert len(tokens.choices) == 2
    text = "".join(chunk.choices[0].text for chunk in client.completions.create(
        model=model, prompt="One, two, three,", max_tokens=6, temperature=0, stream=True))
    assert text == answer.choices[0].text
    best = client.completions.create(model=model, prompt="One,", max_tokens=4, best_of=3, n=1)
    assert len(best.choices) == 1
    echo = client.completions.create(model=model, prompt="One,", max_tokens=2, echo=True)
    assert echo.choices[0].text.startswith("One,")


def test_beam_search(client, model):
    beams = client.completions.create(
        model=model, prompt="The capital of France is", max_tokens=5, n=2,
        extra_body={"use_beam_search": True, "best_of": 4})
    assert [choice.index for choice in beams.choices] == [0, 1]
    assert beams.choices[0].text != beams.choices[1].text
    assert "Paris" in beams.choices[0].text + beams.choices[1].text


def test_errors_have_their_classes(client, model):
    with pytest.raises(openai.NotFoundError) as missing:
        client.chat.completions.create(model="no/such", messages=QUESTION)
    assert missing.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as long:
        client.chat.completions.create(
            model=model, messages=[{"role": "user", "content": "word " * 20000}])
    assert long.value.code == "context_length_exceeded"
    assert long.value.body["n_prompt_tokens"] > long.value.body["n_ctx"]
    with pytest.raises(openai.UnprocessableEntityError) as wrong:
        client.chat.completions.create(model=model, messages=QUESTION, temperature=9)
    assert wrong.value.param == "temperature"
    with pytest.raises(openai.BadRequestError):
        client.completions.create(model=model, prompt="a", suffix="b")


def test_stream_can_be_left(client, model):
    for _ in range(5):
        stream = client.chat.completions.create(
            model=model, messages=QUESTION, stream=True, max_tokens=500)
        next(iter(stream))
        stream.close()
    assert client.chat.completions.create(model=model, messages=QUESTION, max_tokens=2).id


def test_embeddings(client, model):
    texts = ["A cat sits on the mat.", "A kitten rests on a rug.", "Stocks fell on Monday."]
    as_base64 = client.embeddings.create(model=model, input=texts)
    as_floats = client.embeddings.create(model=model, input=texts, encoding_format="float")
    assert [item.index for item in as_base64.data] == [0, 1, 2]
    assert as_base64.data[1].embedding == pytest.approx(as_floats.data[1].embedding)
    cut = client.embeddings.create(model=model, input=texts[0], dimensions=64)
    assert len(cut.data[0].embedding) == 64
    assert sum(x * x for x in cut.data[0].embedding) == pytest.approx(1, abs=1e-3)


def test_json_schema_parse_helper(client, model):
    parsed = client.chat.completions.parse(
        model=model, messages=QUESTION, response_format=Answer, max_tokens=80, temperature=0)
    assert isinstance(parsed.choices[0].message.parsed, Answer)
    plain = client.chat.completions.create(
        model=model, messages=QUESTION, response_format={"type": "json_object"}, max_tokens=80,
        temperature=0)
    if plain.choices[0].finish_reason == "stop":
        json.loads(plain.choices[0].message.content)
    with pytest.raises(openai.BadRequestError):
        client.chat.completions.create(
            model=model, messages=QUESTION, response_format={
                "type": "json_schema",
                "json_schema": {"name": "bad", "schema": {"type": "object", "patternProperties": {
                    "(?=a)": {"not": {}}}}}})


TOOLS = [{"type": "function", "function": {
    "name": "get_weather", "description": "The weather of a city", "strict": True,
    "parameters": {"type": "object", "properties": {"city": {"type": "string", "maxLength": 20}},
                   "required": ["city"], "additionalProperties": False}}}]


def test_tools(client, model):
    asked = [{"role": "user", "content": "What is the weather in Oslo?"}]
    answer = client.chat.completions.create(
        model=model, messages=asked, tools=TOOLS, tool_choice="required", max_tokens=100,
        temperature=0)
    call = answer.choices[0].message.tool_calls[0]
    assert answer.choices[0].finish_reason == "tool_calls"
    assert call.id and call.function.name == "get_weather"
    assert "city" in json.loads(call.function.arguments)
    name, arguments = None, ""
    for chunk in client.chat.completions.create(
            model=model, messages=asked, tools=TOOLS, stream=True, max_tokens=100, temperature=0,
            tool_choice={"type": "function", "function": {"name": "get_weather"}}):
        for delta in chunk.choices[0].delta.tool_calls or []:
            assert delta.index == 0
            name = name or delta.function.name
            arguments += delta.function.arguments or ""
    assert name == "get_weather" and json.loads(arguments) == json.loads(call.function.arguments)
    reply = client.chat.completions.create(
        model=model, tools=TOOLS, tool_choice="none", max_tokens=8, messages=asked + [
            answer.choices[0].message,
            {"role": "tool", "tool_call_id": call.id, "content": "4 degrees"}])
    assert not reply.choices[0].message.tool_calls


class GetWeather(BaseModel):
    """The weather of a city"""
    city: str = Field(max_length=20)


def test_parse_helper_with_tools(client, model):
    """A reply calls a tool or has the form, and the client reads either."""
    asked = dict(model=model, messages=QUESTION, response_format=Answer, max_tokens=100,
                 temperature=0, tools=[openai.pydantic_function_tool(GetWeather)])
    message = client.chat.completions.parse(**asked).choices[0].message
    if message.tool_calls:
        assert isinstance(message.tool_calls[0].function.parsed_arguments, GetWeather)
    else:
        assert isinstance(message.parsed, Answer)
    called = client.chat.completions.parse(**asked, tool_choice="required").choices[0].message
    assert isinstance(called.tool_calls[0].function.parsed_arguments, GetWeather)
    said = client.chat.completions.parse(**asked, tool_choice="none").choices[0].message
    assert isinstance(said.parsed, Answer) and not said.tool_calls


def test_stream_helper(client, model):
    with client.chat.completions.stream(
            model=model, messages=QUESTION, max_tokens=100, temperature=0, tool_choice="required",
            tools=[openai.pydantic_function_tool(GetWeather)]) as stream:
        kinds = {event.type for event in stream}
        final = stream.get_final_completion().choices[0].message
    assert {"chunk", "tool_calls.function.arguments.delta",
            "tool_calls.function.arguments.done"} <= kinds
    assert isinstance(final.tool_calls[0].function.parsed_arguments, GetWeather)
    with client.chat.completions.stream(
            model=model, messages=QUESTION, max_tokens=80, temperature=0,
            response_format=Answer) as stream:
        assert "content.delta" in {event.type for event in stream}
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Answer)


def test_responses_tools(client, model):
    tool = openai.pydantic_function_tool(GetWeather)["function"]
    tools = [{"type": "function", **tool}]
    asked = dict(model=model, input="The weather in Oslo?", tools=tools, tool_choice="required",
                 max_output_tokens=100, temperature=0)
    first = client.responses.create(**asked)
    call = first.output[-1]
    assert call.type == "function_call" and set(json.loads(call.arguments)) == {"city"}
    second = client.responses.create(
        model=model, previous_response_id=first.id, max_output_tokens=8, input=[
            {"type": "function_call_output", "call_id": call.call_id, "output": "4 degrees"}])
    assert second.output_text
    with client.responses.stream(**asked) as stream:
        arguments = "".join(event.delta for event in stream
                            if event.type == "response.function_call_arguments.delta")
        assert stream.get_final_response().output[-1].arguments == arguments


def test_max_tokens_below_zero(client, model):
    answer = client.chat.completions.create(
        model=model, messages=QUESTION, max_tokens=-1, temperature=0, stop=["Paris"])
    assert answer.choices[0].finish_reason == "stop"


def test_responses(client, model):
    first = client.responses.create(
        model=model, input="My name is Ada.", max_output_tokens=16, temperature=0)
    assert first.status in ("completed", "incomplete") and first.output_text
    second = client.responses.create(
        model=model, input="What is my name?", previous_response_id=first.id, max_output_tokens=16)
    assert second.usage.input_tokens > first.usage.input_tokens
    assert client.responses.retrieve(first.id).output_text == first.output_text
    client.responses.delete(first.id)
    with pytest.raises(openai.NotFoundError):
        client.responses.retrieve(first.id)


def test_responses_stream(client, model):
    with client.responses.stream(
            model=model, input="Say hello.", max_output_tokens=300, temperature=0) as stream:
        text = "".join(e.delta for e in stream if e.type == "response.output_text.delta")
        final = stream.get_final_response()
    assert text and final.output_text == text


def test_responses_parse(client, model):
    parsed = client.responses.parse(
        model=model, input="What is the capital of France?", text_format=Answer,
        max_output_tokens=80, temperature=0)
    assert isinstance(parsed.output_parsed, Answer)


def test_async(server, model):
    async def run():
        async with openai.AsyncOpenAI(base_url=server + "/v1", api_key="any") as client:
            async def one(number):
                text = ""
                async for chunk in await client.chat.completions.create(
                        model=model, stream=True, max_tokens=12, temperature=0,
                        messages=[{"role": "user", "content": f"Count to {number}."}]):
                    text += chunk.choices[0].delta.content or ""
                return text
            return await asyncio.gather(*(one(n) for n in range(2, 18)))

    assert all(asyncio.run(run()))
