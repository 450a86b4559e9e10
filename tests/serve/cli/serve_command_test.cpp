#include "engine/cli/command_runner.h"
#include "serve/cli/serve_process.h"
#include "serve/http/interface_addresses.h"
#include "serve/support/raw_client.h"
#include "serve/support/test_server.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

namespace hearth::test {

using namespace std::chrono_literals;

namespace {

const std::string kModel = HEARTH_TEST_DATA "/models/llama";

bool isOneLine(const std::string& text) {
    return !text.empty() && text.find('\n') == text.size() - 1;
}

const std::string kEmbedder = HEARTH_TEST_DATA "/models/bert";

/// `hearth serve api_client` in a pipe.
struct ApiClient : Commands {
    [[nodiscard]] Outcome talk(const std::string& url, const std::string& options = {}) const {
        return run("serve api_client " + url + " " + options, "Hi\n\n");
    }
    void expectOneSentence(const Outcome& outcome, const std::string& part) const {
        EXPECT_EQ(outcome.status, 1);
        EXPECT_EQ(outcome.out, "");
        EXPECT_TRUE(isOneLine(outcome.errors)) << outcome.errors;
        EXPECT_NE(outcome.errors.find(part), std::string::npos) << outcome.errors;
    }
};

/// A value of /metrics; -1: it is not there.
double metric(const ServeProcess& process, const std::string& name) {
    const std::string text =
        exchangeRaw(process.port(), makeRequest("GET", "/metrics")).body;
    const std::size_t at = text.find("\n" + name + "{");
    return at == std::string::npos ? -1.0 : std::stod(text.substr(text.find(' ', at + 1)));
}

} // namespace

TEST(ServeCommand, ServesUntilItIsToldToStop) {
    ServeProcess process({"api_server", kModel, "--server_port", "0"});
    EXPECT_EQ(process.readyLine(),
              "Hearth serves llama at http://127.0.0.1:" + std::to_string(process.port()) + "\n");
    EXPECT_EQ(exchangeRaw(process.port(), makeRequest("GET", "/health")).status, 200);
    EXPECT_EQ(metric(process, "hearth_model_loaded"), 1.0);
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
    EXPECT_FALSE(RawClient(process.port()).connected());
}

TEST(ServeCommand, TakesKeysByNameAndFromTheEnvironment) {
    setenv("HEARTH_API_KEY", "from-environment", 1);
    ServeProcess process({kModel, "--server-port", "0", "--api-key", "phone=abc", "--api-key",
                          "c2VjcmV0=="});
    unsetenv("HEARTH_API_KEY");
    const auto status = [&](const std::string& key) {
        return exchangeRaw(process.port(),
                           makeRequest("GET", "/metrics", "", "x-api-key: " + key + "\r\n"))
            .status;
    };
    EXPECT_EQ(status("abc"), 200);
    EXPECT_EQ(status("c2VjcmV0=="), 200);
    EXPECT_EQ(status("from-environment"), 200);
    EXPECT_EQ(status("phone=abc"), 401);
}

TEST(ServeCommand, fault_051_port_busy_is_one_sentence_and_status_1) {
    ServeProcess first({kModel, "--server-port", "0"});
    ASSERT_NE(first.port(), 0);
    ServeProcess second({kModel, "--server-port", std::to_string(first.port())});
    EXPECT_EQ(second.wait(), 1);
    EXPECT_TRUE(isOneLine(second.errors())) << second.errors();
    EXPECT_NE(second.errors().find("Address already in use"), std::string::npos);
    EXPECT_EQ(exchangeRaw(first.port(), makeRequest("GET", "/health")).status, 200);
    first.signal(SIGINT);
    EXPECT_EQ(first.wait(), 0);
}

TEST(ServeCommand, RefusesToBeOpenToOthersWithoutAKey) {
    ServeProcess process({kModel, "--server-port", "0", "--server-name", "0.0.0.0"});
    EXPECT_EQ(process.wait(), 1);
    EXPECT_TRUE(isOneLine(process.errors()));
    EXPECT_NE(process.errors().find("--api-key"), std::string::npos);
}

TEST(ServeCommand, SaysWhereOtherDevicesReachIt) {
    ServeProcess process(
        {kModel, "--server-port", "0", "--server-name", "0.0.0.0", "--api-key", "k"});
    ASSERT_NE(process.port(), 0);
    const std::vector<std::string> addresses =
        serve::interfaceAddresses(serve::AddressFamily::Four);
    for (const std::string& address : addresses) {
        const std::string url = "http://" + address + ":" + std::to_string(process.port());
        EXPECT_TRUE(eventually([&] { return process.errors().find(url) != std::string::npos; }));
    }
    EXPECT_EQ(process.errors().find("must show an API key") != std::string::npos,
              !addresses.empty());
}

TEST(ServeCommand, WarnsOfModelsThatCannotChat) {
    const ServeProcess decoder({kModel, "--server-port", "0"});
    ASSERT_NE(decoder.port(), 0);
    EXPECT_TRUE(decoder.errors().starts_with("Warning: llama has no tokenizer: it answers "
                                             "/v1/completions"))
        << decoder.errors();
    const ServeProcess embedder({kEmbedder, "--server-port", "0"});
    ASSERT_NE(embedder.port(), 0);
    EXPECT_TRUE(embedder.errors().starts_with("Warning: bert makes embeddings"))
        << embedder.errors();
}

TEST_F(ApiClient, ErrorsInAPipeAreOneSentenceAndStatus1) {
    expectOneSentence(talk("http://127.0.0.1:1"), "http://127.0.0.1:1 can't be asked");
    const ServeProcess process({kModel, "--server-port", "0", "--api-key", "k"});
    ASSERT_NE(process.port(), 0);
    const std::string url = "http://127.0.0.1:" + std::to_string(process.port());
    expectOneSentence(talk(url), "--api-key");
    expectOneSentence(talk(url + "/v1/", "--api-key wrong"), "not one of this server's");
    expectOneSentence(talk(url, "--api-key k --model nobody"), "There is `llama`");
    expectOneSentence(talk(url, "--api-key k"), "no tokenizer");
}

TEST(ServeCommand, NamesAModelThatIsNotThere) {
    ServeProcess process({"no-such-model", "--server-port", "0"});
    EXPECT_EQ(process.wait(), 1);
    EXPECT_TRUE(isOneLine(process.errors()));
}

TEST(ServeCommand, fault_045_disconnects_free_the_engine) {
    const char* starter = std::getenv("HEARTH_STARTER_MODEL");
    if (starter == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    ServeProcess process({starter, "--server-port", "0", "--max-batch-size", "2"});
    ASSERT_NE(process.port(), 0);
    const std::string request = makeRequest(
        "POST", "/v1/completions",
        R"({"prompt":"Count to a million: 1, 2, 3,","max_tokens":4000,"stream":true,)"
        R"("ignore_eos":true})");
    for (int round = 0; round < 10; ++round) {
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 6; ++i) { // two run, four wait
            clients.push_back(std::make_unique<RawClient>(process.port()));
            clients.back()->send(request);
        }
        if (round % 2 == 0) {
            EXPECT_NE(clients.front()->receiveSome().find("200 OK"), std::string::npos);
        }
        std::rotate(clients.begin(), clients.begin() + round % 6, clients.end());
        if (round == 9) {
            EXPECT_TRUE(eventually([&] {
                return metric(process, "hearth_requests_running") == 2.0 &&
                       metric(process, "hearth_requests_waiting") == 4.0;
            }));
        }
        for (const auto& client : clients)
            client->close();
    }
    EXPECT_TRUE(eventually([&] {
        return metric(process, "hearth_requests_running") == 0.0 &&
               metric(process, "hearth_requests_waiting") == 0.0 &&
               metric(process, "hearth_kv_blocks_used") == 0.0 &&
               metric(process, "hearth_kv_blocks") > 0.0;
    }));
    process.signal(SIGTERM);
    EXPECT_EQ(process.wait(), 0);
}

TEST(ServeCommand, fault_045_a_disconnect_frees_its_blocks_within_two_steps_and_50_ms) {
    const char* starter = std::getenv("HEARTH_STARTER_MODEL");
    if (starter == nullptr)
        GTEST_SKIP() << "HEARTH_STARTER_MODEL is not set";
    using Clock = std::chrono::steady_clock;
    ServeProcess process({starter, "--server-port", "0"});
    ASSERT_NE(process.port(), 0);
    std::vector<double> late; // milliseconds beyond two steps
    for (int i = 0; i < 11; ++i) {
        RawClient client(process.port());
        client.send(makeRequest("POST", "/v1/completions",
                                R"({"prompt":"Once","max_tokens":2000,"stream":true})"));
        ASSERT_TRUE(eventually([&] { return metric(process, "hearth_kv_blocks_used") > 0.0; }));
        while (client.receiveSome().find("data:") == std::string::npos) {
        }
        const double step = metric(process, "hearth_last_step_seconds");
        const Clock::time_point start = Clock::now();
        client.close();
        ASSERT_TRUE(eventually([&] { return metric(process, "hearth_kv_blocks_used") == 0.0; }));
        const double seconds = std::chrono::duration<double>(Clock::now() - start).count();
        late.push_back((seconds - 2.0 * step) * 1e3);
    }
    std::sort(late.begin(), late.end());
    std::printf("freed after two steps and %.1f ms (median), %.1f ms (most)\n",
                late[late.size() / 2], late.back());
    EXPECT_LE(late[late.size() / 2], 50.0);
}

} // namespace hearth::test
