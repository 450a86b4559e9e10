#include "demo/scripted_server.h"

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

constexpr char kChatBody[] =
    R"({"model":"starter","messages":[{"role":"system","content":"You are Cline, a careful programmer."},)"
    R"({"role":"user","content":"Why does this test fail?\n\nEXPECT_EQ(0.1 + 0.2, 0.3);"}],)"
    R"("temperature":0.2,"stream":true,"stream_options":{"include_usage":true}})";
constexpr char kEmbeddingBody[] =
    R"({"model":"all-minilm","input":["a quiet hearth","a loud fan"],"encoding_format":"base64"})";

ServedRequest request(int minutesAgo, const char* method, const char* path, int status,
                      const char* agent) {
    ServedRequest made;
    made.at = std::chrono::system_clock::now() - std::chrono::minutes(minutesAgo);
    made.id = "req-" + std::to_string(minutesAgo);
    made.client = "127.0.0.1";
    made.agent = agent;
    made.method = method;
    made.path = path;
    made.status = status;
    made.seconds = 0.004;
    return made;
}

ServedRequest answered(ServedRequest made, int prompt, int cached, int completion, double speed) {
    made.model = "starter";
    made.promptTokens = prompt;
    made.cachedTokens = cached;
    made.completionTokens = completion;
    made.tokensPerSecond = speed;
    made.timeToFirstToken = 0.21;
    made.seconds = made.timeToFirstToken + completion / speed;
    made.body = kChatBody;
    return made;
}

ServedRequest refused(ServedRequest made, const char* error) {
    made.error = error;
    made.body = kChatBody;
    return made;
}

} // namespace

void ScriptedServer::Control::release() {
    {
        const std::lock_guard lock(m_mutex);
        m_released = true;
    }
    m_wake.notify_all();
}

void ScriptedServer::Control::answer(const ServedRequest& request) {
    Server::Observer observer;
    {
        const std::lock_guard lock(m_mutex);
        observer = m_observer;
    }
    if (observer)
        observer(request);
}

std::vector<ServerOptions> ScriptedServer::Control::starts() const {
    const std::lock_guard lock(m_mutex);
    return m_starts;
}

int ScriptedServer::Control::stops() const {
    const std::lock_guard lock(m_mutex);
    return m_stops;
}

std::vector<std::string> ScriptedServer::Control::models() const {
    const std::lock_guard lock(m_mutex);
    std::vector<std::string> names;
    for (const PoolModel& model : m_models)
        names.push_back(model.name);
    return names;
}

std::vector<std::string> ScriptedServer::Control::gaveWay() const {
    const std::lock_guard lock(m_mutex);
    return m_gaveWay;
}

Result<ServerSource::Started> ScriptedServer::start(const ServerOptions& options,
                                                    Server::Observer observer) {
    const Script& script = m_control->m_script;
    bool isFirst = false;
    {
        std::unique_lock lock(m_control->m_mutex);
        m_control->m_starts.push_back(options);
        if (script.holdsStart)
            m_control->m_wake.wait(lock, [this] { return m_control->m_released; });
        if (script.failure && m_control->m_failures++ < script.failures)
            return fail(*script.failure);
        m_control->m_observer = observer;
        isFirst = !std::exchange(m_control->m_hasAnswered, true);
    }
    if (isFirst)
        for (const ServedRequest& request : script.requests)
            observer(request);
    const bool isSix = options.address.find(':') != std::string::npos;
    const std::string host = isSix ? "[" + options.address + "]" : options.address;
    return Started{options.port, "http://" + host + ":" + std::to_string(options.port)};
}

void ScriptedServer::stop(std::chrono::milliseconds) {
    const std::lock_guard lock(m_control->m_mutex);
    ++m_control->m_stops;
    m_control->m_observer = {};
}

void ScriptedServer::setModels(std::vector<PoolModel> models) {
    const std::lock_guard lock(m_control->m_mutex);
    m_control->m_models = std::move(models);
}

ServerActivity ScriptedServer::activity() {
    ServerActivity activity = m_control->m_script.activity;
    const std::lock_guard lock(m_control->m_mutex);
    const std::vector<PoolModelStatus> scripted = std::exchange(activity.models, {});
    for (const PoolModel& model : m_control->m_models) {
        PoolModelStatus status;
        for (const PoolModelStatus& known : scripted)
            if (known.model.name == model.name)
                status = known;
        status.model = model;
        activity.models.push_back(std::move(status));
    }
    return activity;
}

Result<void> ScriptedServer::unload(const std::string&) {
    return {};
}

void ScriptedServer::giveWay(const std::string& name) {
    const std::lock_guard lock(m_control->m_mutex);
    m_control->m_gaveWay.push_back(name);
}

ServerFactory scriptedServer(std::shared_ptr<ScriptedServer::Control> control) {
    return [control = std::move(control)](const std::shared_ptr<Host>&, const LoadOptions&) {
        return std::make_unique<ScriptedServer>(control);
    };
}

std::vector<ServedRequest> scriptedRequests() {
    constexpr char kCline[] = "Cline/3.8.4";
    constexpr char kOpenAi[] = "OpenAI/Python 1.59.3";
    std::vector<ServedRequest> requests;
    requests.push_back(request(64, "GET", "/v1/models", 200, kCline));
    requests.push_back(
        answered(request(63, "POST", "/v1/chat/completions", 200, kCline), 3102, 0, 412, 71.3));
    requests.push_back(
        answered(request(58, "POST", "/v1/chat/completions", 200, kCline), 3561, 3514, 96, 72.8));
    requests.push_back(refused(request(41, "POST", "/v1/chat/completions", 401, "curl/7.88.1"),
                               "No key was shown; send one as \"Authorization: Bearer KEY\"."));
    requests.back().client = "192.168.1.37";
    ServedRequest embedding = request(33, "POST", "/v1/embeddings", 200, kOpenAi);
    embedding.model = "all-minilm";
    embedding.promptTokens = 8;
    embedding.body = kEmbeddingBody;
    requests.push_back(embedding);
    requests.push_back(
        answered(request(20, "POST", "/v1/messages", 200, "Anthropic/Python 0.42.0"), 219, 0, 77, 74.0));
    requests.push_back(
        refused(request(12, "POST", "/v1/chat/completions", 400, kCline),
                "The prompt takes 40,112 tokens, the context holds 8,192."));
    requests.back().model = "starter";
    requests.back().promptTokens = 40'112;
    requests.push_back(request(7, "GET", "/api/tags", 200, "Open WebUI"));
    ServedRequest left =
        answered(request(3, "POST", "/v1/chat/completions", 499, kOpenAi), 512, 480, 33, 70.1);
    requests.push_back(left);
    requests.push_back(
        refused(request(1, "POST", "/v1/chat/completions", 404, kOpenAi),
                "The model `gpt-4o` does not exist."));
    requests.back().model = "gpt-4o";
    return requests;
}

Error scriptedBusyPort(int port) {
    Error error;
    error.code = ErrorCode::Io;
    error.path = "127.0.0.1:" + std::to_string(port);
    error.detail = "Address already in use";
    return error;
}

} // namespace hearth::ui
