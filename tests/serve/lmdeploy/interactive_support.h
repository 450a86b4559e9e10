#pragma once

#include "serve/api/json_text.h"
#include "serve/support/tiny_pool.h"

#include <gtest/gtest.h>

namespace hearth::test {

/// The interactive API over real tiny models.
class Interactive : public testing::Test {
protected:
    using Json = serve::Json;

    Interactive() {
        serve::addLmDeploy(m_tiny.router, m_tiny.context);
        serve::addTgi(m_tiny.router, m_tiny.context);
        serve::addGenerate(m_tiny.router, m_tiny.context);
    }

    /// A greedy turn of session 7 that goes on to its limit.
    static Json turn(const std::string& prompt, int tokens = 20) {
        return {{"prompt", prompt},  {"session_id", 7},
                {"interactive_mode", true}, {"request_output_len", tokens},
                {"top_k", 1},        {"temperature", 0.0},
                {"ignore_eos", true}};
    }
    static Json with(Json body, const char* name, const Json& value) {
        body[name] = value;
        return body;
    }

    std::shared_ptr<serve::FakeExchange> send(const Json& body) {
        return m_tiny.post("/v1/chat/interactive", body.dump());
    }
    Json say(const Json& body) {
        const auto exchange = send(body);
        EXPECT_EQ(exchange->status, 200) << exchange->body;
        return Json::parse(exchange->body);
    }

    TinyPool m_tiny{{"tiny", "other"}};
};

} // namespace hearth::test
