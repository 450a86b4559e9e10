#include "serve/documents/open_api.h"

#include "serve/api/json_text.h"

#include <algorithm>
#include <cctype>
#include <string_view>

namespace hearth::serve {

namespace {

const char* methodName(Method method) {
    switch (method) {
    case Method::Get:
        return "get";
    case Method::Head:
        return "head";
    case Method::Post:
        return "post";
    case Method::Put:
        return "put";
    case Method::Delete:
        return "delete";
    case Method::Options:
        return "options";
    case Method::Other:
        break;
    }
    return "trace";
}

/// "post_v1_chat_completions"
std::string operationId(const Route& route) {
    std::string id = methodName(route.method);
    for (const char c : route.path) {
        const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
        if (plain)
            id += c;
        else if (id.back() != '_')
            id += '_';
    }
    if (id.back() == '_')
        id.pop_back();
    return id;
}

/// "/v1/models/{id...}" as "/v1/models/{id}"; the names go to `names`.
std::string templatePath(std::string_view path, std::vector<std::string>& names) {
    std::string result;
    for (std::size_t i = 0; i < path.size(); ++i) {
        if (path[i] != '{') {
            result += path[i];
            continue;
        }
        const std::size_t end = path.find('}', i);
        std::string name(path.substr(i + 1, end - i - 1));
        if (const std::size_t dots = name.find("..."); dots != std::string::npos)
            name.resize(dots);
        result += "{" + name + "}";
        names.push_back(std::move(name));
        i = end;
    }
    return result;
}

Json reference(const std::string& name) {
    return {{"$ref", "#/components/schemas/" + name}};
}

Json jsonContent(const Json& schema) {
    return {{"application/json", {{"schema", schema}}}};
}

/// The refusals of a route in the dialect of its path.
class Refusals {
public:
    explicit Refusals(const ErrorDialect& dialect) : m_dialect(dialect) {}

    [[nodiscard]] Json one(int status, const char* description, const char* schema) const {
        Json content = jsonContent(reference(schema));
        if (m_dialect.body != openAiErrors().body) {
            content = jsonContent({{"type", "object"}});
            content["application/json"]["example"] =
                Json::parse(m_dialect.body({status, std::string(description) + ".", {}, {}}));
        }
        return {{"description", description}, {"content", std::move(content)}};
    }

private:
    const ErrorDialect& m_dialect;
};

/// Component names may hold letters, digits, ".", "-" and "_".
std::string componentName(const std::string& title) {
    std::string name;
    for (const char c : title)
        name += std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-' ? c : '_';
    return name;
}

/// Moves a schema with a title to the components and refers to it.
Json placed(const std::string& text, Json& schemas) {
    Json schema = Json::parse(text);
    const auto title = schema.find("title");
    if (title == schema.end() || !title->is_string())
        return schema;
    const std::string name = componentName(title->get<std::string>());
    const auto present = schemas.find(name);
    if (present != schemas.end() && *present != schema)
        return schema; // Another one of the same title.
    schemas[name] = std::move(schema);
    return reference(name);
}

Json responses(const Route& route, const Refusals& refusals, Json& schemas) {
    const RouteDocument& document = route.document;
    Json content =
        jsonContent(document.responseSchema.empty() ? Json{{"type", "object"}}
                                                    : placed(document.responseSchema, schemas));
    if (document.streams)
        content["text/event-stream"] = {{"schema", {{"type", "string"}}}};
    Json result = {{"200", {{"description", "Done"}, {"content", std::move(content)}}}};
    if (!document.requestSchema.empty()) {
        result["400"] = refusals.one(400, "The request cannot be answered", "ErrorResponse");
        result["422"] = refusals.one(422, "Fields that cannot be taken", "ValidationErrorResponse");
    }
    if (route.access == Access::Key)
        result["401"] = refusals.one(401, "The key is missing or wrong", "ErrorResponse");
    if (route.generates) {
        result["404"] = refusals.one(404, "There is no such model", "ErrorResponse");
        result["429"] = refusals.one(429, "Too many requests", "ErrorResponse");
        result["503"] = refusals.one(503, "The model is not ready", "ErrorResponse");
    }
    return result;
}

Json operation(const Route& route, const Refusals& refusals, const std::vector<std::string>& names,
               Json& schemas) {
    const RouteDocument& document = route.document;
    Json result = {{"operationId", operationId(route)}, {"summary", document.summary}};
    if (!document.tag.empty())
        result["tags"] = Json::array({document.tag});
    if (!names.empty()) {
        result["parameters"] = Json::array();
        for (const std::string& name : names)
            result["parameters"].push_back({{"name", name},
                                            {"in", "path"},
                                            {"required", true},
                                            {"schema", {{"type", "string"}}}});
    }
    if (!document.requestSchema.empty())
        result["requestBody"] = {{"required", true},
                                 {"content", jsonContent(placed(document.requestSchema, schemas))}};
    result["responses"] = responses(route, refusals, schemas);
    if (route.access == Access::Open)
        result["security"] = Json::array();
    return result;
}

Json errorSchemas() {
    return Json::parse(R"({
      "ErrorResponse": {"type": "object", "required": ["error"], "properties": {
        "error": {"type": "object", "required": ["message", "type"], "properties": {
          "message": {"type": "string"}, "type": {"type": "string"},
          "param": {"type": ["string", "null"]}, "code": {"type": ["string", "null"]},
          "n_prompt_tokens": {"type": "integer"}, "n_ctx": {"type": "integer"}}}}},
      "ValidationErrorResponse": {"allOf": [{"$ref": "#/components/schemas/ErrorResponse"}],
        "type": "object", "properties": {"detail": {"type": "array", "items": {
          "type": "object", "required": ["loc", "msg", "type"], "properties": {
            "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
            "msg": {"type": "string"}, "type": {"type": "string"}}}}}}})");
}

} // namespace

std::string openApiText(const Router& router, const std::string& version) {
    Json schemas = errorSchemas();
    Json paths = Json::object();
    Json tags = Json::array();
    for (const Route& route : router.routes()) {
        if (route.document.summary.empty())
            continue;
        std::vector<std::string> names;
        const std::string path = templatePath(route.path, names);
        const Refusals refusals(router.dialectAt(route.path));
        paths[path][methodName(route.method)] = operation(route, refusals, names, schemas);
        const Json tag = {{"name", route.document.tag}};
        if (!route.document.tag.empty() && std::find(tags.begin(), tags.end(), tag) == tags.end())
            tags.push_back(tag);
    }
    return jsonText(
        {{"openapi", "3.1.0"},
         {"info",
          {{"title", "Hearth"},
           {"version", version},
           {"description", "Every path that begins with /v1 also serves without that prefix."}}},
         {"servers", {{{"url", "/"}}}},
         {"tags", std::move(tags)},
         {"paths", std::move(paths)},
         {"components",
          {{"schemas", std::move(schemas)},
           {"securitySchemes",
            {{"key", {{"type", "http"}, {"scheme", "bearer"}}},
             {"keyHeader", {{"type", "apiKey"}, {"in", "header"}, {"name", "x-api-key"}}}}}}},
         {"security", {{{"key", Json::array()}}, {{"keyHeader", Json::array()}}, Json::object()}}});
}

} // namespace hearth::serve
