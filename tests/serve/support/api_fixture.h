#pragma once

#include "serve/api/json_text.h"
#include "serve/context.h"
#include "serve/support/fake_exchange.h"
#include "serve/support/scripted_pool.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace hearth::serve {

/// Routes over a scripted engine, without sockets.
class ApiTest : public testing::Test {
protected:
    /// Sends a request; returns its exchange, whose work is not run yet.
    std::shared_ptr<FakeExchange> begin(Method method, const std::string& path,
                                        const std::string& body = {}) {
        HttpRequest request;
        request.method = method;
        request.path = path;
        request.body = body;
        request.headers = headers;
        request.query = query;
        const Router::Match match = router.match(method, path);
        request.parameters = match.parameters;
        const auto exchange = FakeExchange::with(std::move(request));
        EXPECT_NE(match.route, nullptr) << path;
        if (match.route != nullptr)
            match.route->handler(exchange);
        return exchange;
    }
    std::shared_ptr<FakeExchange> post(const std::string& path, const std::string& body) {
        const auto exchange = begin(Method::Post, path, body);
        EXPECT_TRUE(exchange->waitForEnd());
        EXPECT_EQ(exchange->answers, 1);
        return exchange;
    }
    static Json json(const FakeExchange& exchange) {
        return Json::parse(exchange.body, nullptr, false);
    }
    /// The data of a stream's events; "[DONE]" as a string.
    static std::vector<Json> events(const FakeExchange& exchange) {
        std::vector<Json> result;
        std::size_t at = 0;
        const std::string_view body = exchange.body;
        while (at < body.size()) {
            const std::size_t end = body.find('\n', at);
            const std::string_view line = body.substr(at, end - at);
            if (line.substr(0, 6) == "data: ") {
                const std::string_view data = line.substr(6);
                result.push_back(data == "[DONE]" ? Json("[DONE]") : Json::parse(data));
            }
            if (end == std::string_view::npos)
                break;
            at = end + 1;
        }
        return result;
    }

    std::vector<Header> headers; ///< Of every request, as the next.
    std::map<std::string, std::string, std::less<>> query;
    std::shared_ptr<ScriptedEngine> engine = std::make_shared<ScriptedEngine>();
    std::shared_ptr<ScriptedPool> pool = std::make_shared<ScriptedPool>(engine);
    std::shared_ptr<Context> context = [this] {
        auto made = std::make_shared<Context>();
        made->models = pool;
        return made;
    }();
    Router router;
};

} // namespace hearth::serve
