"""langchain-openai and a validator of OpenAPI documents."""

import json
import urllib.request

from langchain_openai import ChatOpenAI, OpenAIEmbeddings
from openapi_spec_validator import OpenAPIV31SpecValidator
from pydantic import BaseModel, Field


class Answer(BaseModel):
    city: str


class GetWeather(BaseModel):
    """The weather of a city"""
    city: str = Field(max_length=20)


def test_langchain_chat(server, model):
    chat = ChatOpenAI(base_url=server + "/v1", api_key="any", model=model, temperature=0,
                      max_tokens=24)
    assert "Paris" in chat.invoke("What is the capital of France?").content
    assert "".join(part.content for part in chat.stream("Say hello."))


def test_langchain_structured_output(server, model):
    chat = ChatOpenAI(base_url=server + "/v1", api_key="any", model=model, temperature=0,
                      max_tokens=60)
    assert isinstance(
        chat.with_structured_output(Answer, method="json_schema").invoke("Name a city."), Answer)


def test_langchain_tools(server, model):
    chat = ChatOpenAI(base_url=server + "/v1", api_key="any", model=model, temperature=0,
                      max_tokens=100)
    for choice in ("any", "GetWeather"):
        call = chat.bind_tools([GetWeather], tool_choice=choice).invoke("In Oslo?").tool_calls[0]
        assert call["name"] == "GetWeather" and set(call["args"]) == {"city"}
    whole = None
    for part in chat.bind_tools([GetWeather], tool_choice="any").stream("In Oslo?"):
        whole = part if whole is None else whole + part
    assert whole.tool_calls[0]["name"] == "GetWeather"
    called = chat.with_structured_output(GetWeather, method="function_calling").invoke("In Oslo?")
    assert isinstance(called, GetWeather)


def test_langchain_tools_beside_a_form(server, model):
    chat = ChatOpenAI(base_url=server + "/v1", api_key="any", model=model, temperature=0,
                      max_tokens=100)
    bound = chat.bind_tools([GetWeather], response_format=Answer, strict=True)
    message = bound.invoke("What is the capital of Norway?")
    assert message.tool_calls or isinstance(message.additional_kwargs["parsed"], Answer)


def test_langchain_embeddings(server, model):
    vectors = OpenAIEmbeddings(base_url=server + "/v1", api_key="any", model=model,
                               check_embedding_ctx_length=False).embed_documents(["a", "b"])
    assert len(vectors) == 2 and len(vectors[0]) == len(vectors[1])


def test_openapi_document_is_valid(server):
    with urllib.request.urlopen(server + "/openapi.json") as answer:
        document = json.load(answer)
    OpenAPIV31SpecValidator(document).validate()
    assert "/v1/chat/completions" in document["paths"]
    operations = [operation["operationId"] for path in document["paths"].values()
                  for operation in path.values()]
    assert len(operations) == len(set(operations))
