#include "serve/lmstudio/lmstudio_models.h"

namespace hearth::serve {

namespace {

const char* formatOf(const PoolModel& model) {
    return model.path.ends_with(".gguf") ? "gguf" : "safetensors";
}

} // namespace

Json lmStudioModel(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    Json json = {{"id", model.name},
                 {"object", "model"},
                 {"type", model.kind == ModelKind::Encoder ? "embeddings" : "llm"},
                 {"publisher", ""},
                 {"arch", model.architecture},
                 {"compatibility_type", formatOf(model)},
                 {"quantization", model.quantisation},
                 {"state", status.state == PoolState::Loaded ? "loaded" : "not-loaded"},
                 {"max_context_length", model.trainedContext}};
    if (status.engine)
        json["loaded_context_length"] = status.engine->model().context;
    return json;
}

Json lmStudioModelInfo(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    return {{"arch", model.architecture},
            {"quant", model.quantisation},
            {"format", formatOf(model)},
            {"context_length",
             status.engine ? status.engine->model().context : model.trainedContext}};
}

} // namespace hearth::serve
