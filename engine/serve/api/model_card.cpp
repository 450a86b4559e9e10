#include "serve/api/model_card.h"

#include "text/reasoning.h"
#include "text/tool_calls/tool_format.h"

#include <ctime>
#include <utility>

#include <fmt/chrono.h>
#include <fmt/format.h>

namespace hearth::serve {

namespace {

bool thinks(const ModelInfo& info) {
    return !detectReasoning(info.chatTemplate, {}).begin.empty() ||
           detectToolFormat(info.chatTemplate, info.architecture) == ToolFormat::GptOss;
}

Json permission(const PoolModel& model, long long created) {
    return {{"id", "modelperm-" + model.name},
            {"object", "model_permission"},
            {"created", created},
            {"allow_create_engine", false},
            {"allow_sampling", true},
            {"allow_logprobs", true},
            {"allow_search_indices", false},
            {"allow_view", true},
            {"allow_fine_tuning", false},
            {"organization", "*"},
            {"group", nullptr},
            {"is_blocking", false}};
}

} // namespace

Json capabilitiesOf(const PoolModelStatus& status) {
    if (status.model.kind == ModelKind::Encoder)
        return Json::array({"embedding"});
    Json all = Json::array({"completion", "tools"});
    if (status.engine && thinks(status.engine->model()))
        all.push_back("thinking");
    return all;
}

Json openAiCard(const PoolModelStatus& status) {
    const PoolModel& model = status.model;
    const long long created = std::chrono::duration_cast<std::chrono::seconds>(
                                  model.modified.time_since_epoch())
                                  .count();
    const std::int32_t context =
        status.engine ? status.engine->model().context : model.trainedContext;
    Json card = {{"id", model.name},
                 {"object", "model"},
                 {"created", created},
                 {"owned_by", "hearth"},
                 {"root", model.name},
                 {"parent", nullptr},
                 {"type", model.kind == ModelKind::Encoder ? "embeddings" : "llm"},
                 {"capabilities", capabilitiesOf(status)}};
    if (context > 0) {
        card["context_length"] = context;
        card["max_model_len"] = context;
    }
    card["permission"] = Json::array({permission(model, created)});
    card["loaded"] = status.state == PoolState::Loaded;
    return card;
}

Json anthropicCard(const PoolModelStatus& status) {
    return {{"type", "model"},
            {"id", status.model.name},
            {"display_name", status.model.name},
            {"created_at", utcText(status.model.modified)}};
}

std::string utcText(std::chrono::system_clock::time_point time) {
    using namespace std::chrono;
    const auto microseconds = duration_cast<std::chrono::microseconds>(time.time_since_epoch());
    const auto seconds = floor<std::chrono::seconds>(microseconds);
    const std::time_t whole = seconds.count();
    std::tm utc{};
    gmtime_r(&whole, &utc);
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", utc, (microseconds - seconds).count());
}

} // namespace hearth::serve
