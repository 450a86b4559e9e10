#include "serve/api/form.h"
#include "serve/api/model_card.h"
#include "serve/api/routes.h"
#include "serve/ollama/handlers.h"
#include "serve/ollama/ollama_common.h"

#include <utility>

#include <fmt/format.h>

namespace hearth::serve {

namespace {

/// The version of Ollama's API that this one follows; clients look at it for what they may use.
constexpr const char* kApiVersion = "0.12.6";

struct ShowBody {
    std::string model;
};

const Form<ShowBody>& showForm() {
    static const Form<ShowBody> form =
        Form<ShowBody>("ShowRequest")
            .field("model", &ShowBody::model, text(1, 4096), "A model by its name.")
            .field("name", &ShowBody::model, text(1, 4096), "As model.")
            .rule([](const ShowBody& body, Reading& reading) {
                if (body.model.empty())
                    reading.add("missing", "model is required");
            });
    return form;
}

std::string sizeText(std::uint64_t parameters) {
    if (parameters == 0)
        return {};
    return parameters >= 1'000'000'000 ? fmt::format("{:.1f}B", double(parameters) / 1e9)
                                       : fmt::format("{:.0f}M", double(parameters) / 1e6);
}

Json details(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    const bool isGguf = model.path.ends_with(".gguf");
    return {{"parent_model", ""},
            {"format", isGguf ? "gguf" : "safetensors"},
            {"family", model.architecture},
            {"families", Json::array({model.architecture})},
            {"parameter_size", sizeText(status.engine ? status.engine->model().parameters : 0)},
            {"quantization_level", model.quantisation}};
}

Json tag(const PoolModelStatus& status) {
    const std::string name = ollamaName(status.model.name);
    return {{"name", name},
            {"model", name},
            {"modified_at", utcText(status.model.modified)},
            {"size", status.model.bytes},
            {"details", details(status)}};
}

Json running(const PoolModelStatus& status) {
    Json json = tag(status);
    json.erase("modified_at");
    // What never expires is said to do so in a long time, as Ollama does.
    constexpr std::chrono::hours kNever(24 * 365 * 10);
    json["expires_at"] =
        utcText(status.unloadsAt.value_or(std::chrono::system_clock::now() + kNever));
    json["size_vram"] = 0;
    if (status.engine) {
        const ModelInfo& info = status.engine->model();
        json["context_length"] = info.context;
        json["size"] = info.weightBytes;
        if (info.deviceId.starts_with("cuda"))
            json["size_vram"] = info.weightBytes;
    }
    return json;
}

Json show(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    const std::string& family = model.architecture;
    Json info = {{"general.architecture", family},
                 {"general.basename", model.name},
                 {family + ".context_length",
                  status.engine ? status.engine->model().context : model.trainedContext}};
    if (status.engine) {
        const ModelInfo& loaded = status.engine->model();
        info["general.parameter_count"] = loaded.parameters;
        info[family + ".block_count"] = loaded.layers;
        info[family + ".embedding_length"] = loaded.hiddenSize;
    }
    return {{"modelfile", "FROM " + model.name + "\n"},
            {"parameters", ""},
            {"template", ""},
            {"details", details(status)},
            {"model_info", std::move(info)},
            {"capabilities", capabilitiesOf(status)},
            {"modified_at", utcText(model.modified)}};
}

void answerTags(Exchange& exchange, const ModelPool& pool) {
    Json models = Json::array();
    for (const PoolModelStatus& status : pool.models())
        models.push_back(tag(status));
    exchange.respond(ollamaResponse({{"models", std::move(models)}}));
}

void answerRunning(Exchange& exchange, const ModelPool& pool) {
    Json models = Json::array();
    for (const PoolModelStatus& status : pool.models())
        if (status.state == PoolState::Loaded)
            models.push_back(running(status));
    exchange.respond(ollamaResponse({{"models", std::move(models)}}));
}

void answerShow(Exchange& exchange, const ModelPool& pool) {
    const Outcome<ShowBody> body = showForm().read(exchange.request().body);
    if (!body)
        return exchange.respond(ollamaErrorResponse(body.error()));
    const auto status = pool.find(ollamaPoolName(pool, body->model));
    exchange.respond(status ? ollamaResponse(show(*status))
                            : ollamaErrorResponse(apiError(status.error(), body->model)));
}

} // namespace

void addOllamaModels(Router& router, const std::shared_ptr<Context>& context) {
    router.add(getRoute("/api/version", "Ollama", "The version of Ollama's API",
                        [](const std::shared_ptr<Exchange>& exchange) {
                            exchange->respond(ollamaResponse({{"version", kApiVersion}}));
                        }));
    router.add(getRoute("/api/tags", "Ollama", "The models that requests may name",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerTags(*exchange, *context->models);
                        }));
    router.add(getRoute("/api/ps", "Ollama", "The models that are loaded",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerRunning(*exchange, *context->models);
                        }));
    router.add(postRoute("/api/show", "Ollama", "What is known of a model", showForm().schemaText(),
                         [context](const std::shared_ptr<Exchange>& exchange) {
                             answerShow(*exchange, *context->models);
                         }));
}

} // namespace hearth::serve
