#include "cli/api_client.h"

#include "cli/console.h"
#include "cli/interrupt.h"
#include "cli/ranges.h"

#include <memory>
#include <optional>
#include <random>
#include <string>
#include <unistd.h>

#include <curl/curl.h>
#include <fmt/format.h>

namespace hearth::cli {

namespace {

using Json = nlohmann::json;

/// Sessions of our own, above those that servers draw themselves.
constexpr std::int64_t kFirstSession = 100'000;
constexpr std::int64_t kLastSession = 1'000'000'000;

constexpr std::size_t kShownBytes = 200; ///< Of what is no answer.
constexpr long kUnauthorised = 401;
constexpr long kFirstError = 400;

/// An answer while it comes, by lines of JSON.
struct Answer {
    long status = 0;
    std::string line; ///< Not whole yet.
    std::string error;
    Json last;

    void take(std::string_view bytes) {
        while (!bytes.empty()) {
            const std::size_t end = bytes.find('\n');
            line.append(bytes.substr(0, end));
            if (end == std::string_view::npos)
                return;
            takeLine();
            bytes.remove_prefix(end + 1);
        }
    }
    void takeLine() {
        const Json json = Json::parse(line, nullptr, false);
        if (json.is_object() && json.contains("text")) {
            printText(json.value("text", ""));
            last = json;
        } else if (json.is_object() && json.contains("message")) {
            error = json.value("message", "");
        } else if (json.is_object() && json.contains("error") && json["error"].is_object()) {
            error = json["error"].value("message", "");
        } else if (error.empty() && !line.empty()) {
            error = line.substr(0, kShownBytes);
        }
        line.clear();
    }
};

struct ApiClient {
    std::string url;
    std::string model;
    std::string key;
    std::int64_t session = 0;
    std::int32_t tokens = 512;

    void run() {
        while (url.ends_with('/'))
            url.pop_back();
        if (url.ends_with("/v1")) // as other clients want it
            url.resize(url.size() - 3);
        if (session == 0)
            session = std::uniform_int_distribution<std::int64_t>(
                kFirstSession, kLastSession)(*std::make_unique<std::random_device>());
        check();
        while (const std::optional<std::string> input = readUntilBlankLine()) {
            if (*input == "exit")
                break;
            if (*input == "end")
                end();
            else
                say(*input);
        }
        end();
    }

    /// Fails where no turn could have an answer, before a person has written one.
    void check() const {
        const std::string path = model.empty() ? "/v1/models" : "/v1/models/" + escaped(model);
        const Answer answer = send(path, {});
        if (answer.status == kUnauthorised)
            throw CommandFailed(fmt::format("{}: {} Give one by --api-key or HEARTH_API_KEY", url,
                                            answer.error));
        if (answer.status >= kFirstError)
            throw CommandFailed(fmt::format("{}: {}", url, answer.error));
    }

    void say(const std::string& prompt) const {
        const Answer answer = post({{"prompt", prompt},
                                    {"interactive_mode", true},
                                    {"stream", true},
                                    {"request_output_len", tokens}});
        if (answer.last.is_object())
            printText("\n");
        if (!answer.error.empty() && isatty(STDIN_FILENO) == 0) // nobody is there to try again
            throw CommandFailed(answer.error);
        if (!answer.error.empty())
            printMessage(answer.error);
        else if (answer.last.is_object() && answer.last.value("tokens", 0) == 0)
            printMessage("WARNING: exceed session max length. Please end the session.");
    }

    void end() const {
        static_cast<void>(post({{"prompt", ""},
                                {"interactive_mode", false},
                                {"request_output_len", 0}}));
    }

    [[nodiscard]] Answer post(Json body) const {
        body["session_id"] = session;
        if (!model.empty())
            body["model"] = model;
        return send("/v1/chat/interactive",
                    body.dump(-1, ' ', false, Json::error_handler_t::replace));
    }

    static std::string escaped(const std::string& text) {
        char* raw = curl_easy_escape(nullptr, text.c_str(), int(text.size()));
        const std::unique_ptr<char, decltype(&curl_free)> owner(raw, curl_free);
        return raw == nullptr ? text : raw;
    }

    /// Posts `text`; without one, gets.
    [[nodiscard]] Answer send(const std::string& path, const std::string& text) const {
        const std::string target = url + path;
        const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> easy(curl_easy_init(),
                                                                       curl_easy_cleanup);
        if (!easy)
            throw CommandFailed("can't open a connection");
        curl_slist* list = curl_slist_append(nullptr, "content-type: application/json");
        if (!key.empty())
            list = curl_slist_append(list, ("authorization: Bearer " + key).c_str());
        const std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)> headers(
            list, curl_slist_free_all);
        Answer answer;
        curl_easy_setopt(easy.get(), CURLOPT_URL, target.c_str());
        curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
        if (!text.empty()) {
            curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, text.c_str());
            curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDSIZE, long(text.size()));
        }
        curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, takeBytes);
        curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer);
        curl_easy_setopt(easy.get(), CURLOPT_NOPROGRESS, 0L);
        curl_easy_setopt(easy.get(), CURLOPT_XFERINFOFUNCTION, stopIfInterrupted);
        const InterruptGuard guard;
        const CURLcode result = curl_easy_perform(easy.get());
        if (result == CURLE_ABORTED_BY_CALLBACK)
            answer.last = nullptr;
        else if (result != CURLE_OK)
            throw CommandFailed(fmt::format("{} can't be asked: {}; is the server running there?",
                                            url, curl_easy_strerror(result)));
        if (!answer.line.empty())
            answer.takeLine();
        curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
        if (answer.status >= kFirstError && answer.error.empty())
            answer.error = fmt::format("The server answered with status {}", answer.status);
        return answer;
    }

    static std::size_t takeBytes(char* bytes, std::size_t size, std::size_t count, void* answer) {
        static_cast<Answer*>(answer)->take({bytes, size * count});
        return size * count;
    }
    /// The server ends the reply when the connection goes.
    static int stopIfInterrupted(void*, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
        return isInterrupted() ? 1 : 0;
    }
};

} // namespace

void addApiClient(CLI::App& serve) {
    auto client = std::make_shared<ApiClient>();
    CLI::App* command =
        serve.add_subcommand("api_client", "Chat in the terminal with a running server");
    command->footer("Example: hearth serve api_client http://localhost:23333\n"
                    "An empty line sends what you wrote; \"end\" begins a new session, \"exit\" "
                    "quits; Ctrl+C stops a reply.");
    command->add_option("url", client->url, "URL of the server")->required();
    command->add_option("--session-id", client->session, "Names the session; 0: one of its own")
        ->check(atLeast(0, std::int64_t{1} << 53));
    command->add_option("--model", client->model, "A model by its name; the server's default");
    command->add_option("--api-key", client->key, "Key of the server")->envname("HEARTH_API_KEY");
    command->add_option("--max-tokens", client->tokens, "New tokens at most")
        ->check(atLeast(1));
    command->callback([client] { client->run(); });
}

} // namespace hearth::cli
