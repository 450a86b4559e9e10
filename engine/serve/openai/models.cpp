#include "serve/api/model_card.h"
#include "serve/api/routes.h"
#include "serve/openai/handlers.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace hearth::serve {

namespace {

constexpr std::size_t kMostOfAPage = 1000;

/// OpenAI's path is Anthropic's too; the latter's clients say which they mean.
bool isAnthropic(const Exchange& exchange) {
    return exchange.request().header("anthropic-version").has_value();
}

std::string queryText(const HttpRequest& request, const char* name) {
    const auto found = request.query.find(name);
    return found == request.query.end() ? std::string() : found->second;
}

/// Nothing if it is no number from 1 to 1000.
std::optional<std::size_t> pageSize(const std::string& text) {
    if (text.empty())
        return kMostOfAPage;
    std::size_t size = 0;
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), size);
    if (problem != std::errc{} || end != text.data() + text.size() || size < 1 ||
        size > kMostOfAPage)
        return std::nullopt;
    return size;
}

/// The page behind "after_id", or the one before "before_id", of "limit" models at most.
HttpResponse anthropicPage(const HttpRequest& request, const std::vector<PoolModelStatus>& models) {
    const std::optional<std::size_t> limit = pageSize(queryText(request, "limit"));
    if (!limit)
        return anthropicErrorResponse(badRequest("limit", "limit: from 1 to 1000 is allowed"));
    const auto named = [&](const std::string& id) {
        return std::find_if(models.begin(), models.end(), [&](const PoolModelStatus& status) {
            return status.model.name == id;
        });
    };
    const std::string after = queryText(request, "after_id");
    const std::string before = queryText(request, "before_id");
    auto first = models.begin();
    auto last = models.end();
    if (!after.empty())
        first = std::find_if(named(after), models.end(), [&](const PoolModelStatus& status) {
            return status.model.name != after;
        });
    if (!before.empty())
        last = named(before);
    const auto count = static_cast<std::size_t>(std::max<std::ptrdiff_t>(last - first, 0));
    const bool hasMore = count > *limit;
    if (hasMore && !before.empty())
        first = last - static_cast<std::ptrdiff_t>(*limit);
    else if (hasMore)
        last = first + static_cast<std::ptrdiff_t>(*limit);
    Json data = Json::array();
    for (; first < last; ++first)
        data.push_back(anthropicCard(*first));
    const Json firstId = data.empty() ? Json(nullptr) : data.front()["id"];
    const Json lastId = data.empty() ? Json(nullptr) : data.back()["id"];
    return jsonResponse({{"data", std::move(data)},
                         {"has_more", hasMore},
                         {"first_id", firstId},
                         {"last_id", lastId}});
}

void answerList(Exchange& exchange, const Context& context) {
    const std::vector<PoolModelStatus> models = context.models->models();
    if (isAnthropic(exchange))
        return exchange.respond(anthropicPage(exchange.request(), models));
    Json data = Json::array();
    for (const PoolModelStatus& status : models)
        data.push_back(openAiCard(status));
    exchange.respond(jsonResponse({{"object", "list"}, {"data", std::move(data)}}));
}

void answerOne(Exchange& exchange, const Context& context) {
    const std::string& name = exchange.request().parameters.at("id");
    const Result<PoolModelStatus> status = context.models->find(name);
    const bool anthropic = isAnthropic(exchange);
    if (status)
        return exchange.respond(
            jsonResponse(anthropic ? anthropicCard(*status) : openAiCard(*status)));
    const ApiError error = apiError(status.error(), name);
    exchange.respond(anthropic ? anthropicErrorResponse(error) : openAiErrorResponse(error));
}

} // namespace

void addModels(Router& router, const std::shared_ptr<Context>& context) {
    router.add(getRoute("/v1/models", "OpenAI", "The models that requests may name",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerList(*exchange, *context);
                        }));
    router.add(getRoute("/v1/models/{id...}", "OpenAI", "One of the models",
                        [context](const std::shared_ptr<Exchange>& exchange) {
                            answerOne(*exchange, *context);
                        }));
}

} // namespace hearth::serve
