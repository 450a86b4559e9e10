#include "serve/lmstudio/stats_exchange.h"

#include "serve/api/json_text.h"
#include "serve/lmstudio/lmstudio_models.h"

#include <mutex>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::string_view kData = "data: ";
constexpr std::string_view kEventEnd = "\n\n";

const char* stopReason(const std::string& finishReason) {
    if (finishReason == "length")
        return "maxPredictedTokensReached";
    return finishReason == "tool_calls" ? "toolCalls" : "eosFound";
}

/// Of the first choice; empty where it goes on.
std::string finishReasonOf(const Json& answer) {
    const auto choices = answer.find("choices");
    if (choices == answer.end() || !choices->is_array() || choices->empty())
        return {};
    const auto reason = choices->front().find("finish_reason");
    return reason != choices->front().end() && reason->is_string() ? reason->get<std::string>()
                                                                   : std::string();
}

class StatsExchange final : public Exchange {
public:
    StatsExchange(std::shared_ptr<Exchange> inner, std::shared_ptr<ModelPool> pool)
        : m_inner(std::move(inner)), m_pool(std::move(pool)) {}

    [[nodiscard]] const HttpRequest& request() const override { return m_inner->request(); }

    void respond(HttpResponse response) override {
        if (response.status == 200)
            response.body = withStats(response.body);
        m_inner->respond(std::move(response));
    }
    void beginStream(int status, std::string contentType, std::vector<Header> headers) override {
        m_inner->beginStream(status, std::move(contentType), std::move(headers));
    }
    void write(std::string bytes) override {
        // Only an end has a reason in quotes; what goes on has null.
        m_inner->write(bytes.find("\"finish_reason\":\"") == std::string::npos
                           ? std::move(bytes)
                           : eventsWithStats(bytes));
    }
    void end() override { m_inner->end(); }
    void onAbort(std::function<void()> aborted) override { m_inner->onAbort(std::move(aborted)); }
    [[nodiscard]] bool aborted() const override { return m_inner->aborted(); }
    void post(std::function<void()> work) override { m_inner->post(std::move(work)); }
    void postAfter(std::chrono::milliseconds delay, std::function<void()> work) override {
        m_inner->postAfter(delay, std::move(work));
    }
    void setDialect(const ErrorDialect& dialect) override { m_inner->setDialect(dialect); }
    void note(RequestNote note) override {
        {
            const std::scoped_lock lock(m_mutex);
            m_note = note;
        }
        m_inner->note(std::move(note));
    }

private:
    [[nodiscard]] std::string withStats(std::string_view text) {
        Json answer = Json::parse(text, nullptr, false);
        const std::string reason = answer.is_object() ? finishReasonOf(answer) : std::string();
        if (reason.empty())
            return std::string(text);
        const std::scoped_lock lock(m_mutex);
        const double rate = m_note.tokensPerSecond;
        answer["stats"] = {{"tokens_per_second", rate},
                           {"time_to_first_token", m_note.timeToFirstToken},
                           {"generation_time",
                            rate > 0.0 ? (m_note.completionTokens - 1) / rate : 0.0},
                           {"stop_reason", stopReason(reason)}};
        if (const auto status = m_pool->find(m_note.model))
            answer["model_info"] = lmStudioModelInfo(*status);
        answer["runtime"] = {{"name", "hearth"}, {"supported_formats", {"gguf", "safetensors"}}};
        return jsonText(answer);
    }

    [[nodiscard]] std::string eventsWithStats(std::string_view bytes) {
        std::string made;
        while (!bytes.empty()) {
            const std::size_t end = bytes.find(kEventEnd);
            const std::string_view event = bytes.substr(0, end);
            if (event.starts_with(kData))
                made.append(kData).append(withStats(event.substr(kData.size())));
            else
                made.append(event);
            if (end == std::string_view::npos)
                break;
            made.append(kEventEnd);
            bytes.remove_prefix(end + kEventEnd.size());
        }
        return made;
    }

    const std::shared_ptr<Exchange> m_inner;
    const std::shared_ptr<ModelPool> m_pool;
    std::mutex m_mutex;
    RequestNote m_note;
};

} // namespace

std::shared_ptr<Exchange> addStats(std::shared_ptr<Exchange> exchange,
                                   std::shared_ptr<ModelPool> pool) {
    return std::make_shared<StatsExchange>(std::move(exchange), std::move(pool));
}

} // namespace hearth::serve
