#include "serve/support/test_server.h"

#include <stdexcept>
#include <utility>

namespace hearth::test {

using namespace serve;

namespace {

using Counter = std::shared_ptr<std::atomic<int>>;

HttpResponse text(std::string body) {
    HttpResponse response;
    response.contentType = "text/plain";
    response.body = std::move(body);
    return response;
}

void tick(const std::shared_ptr<Exchange>& exchange) {
    exchange->write("data: tick\n\n");
    exchange->postAfter(std::chrono::milliseconds(1), [exchange] { tick(exchange); });
}

Route route(Method method, std::string path, Handler handler) {
    Route made;
    made.method = method;
    made.path = std::move(path);
    made.handler = std::move(handler);
    return made;
}

Handler endless(const Counter& counter) {
    return [counter](const std::shared_ptr<Exchange>& exchange) {
        ++*counter;
        exchange->onAbort([counter] { --*counter; });
        exchange->beginStream(200, "text/event-stream");
        tick(exchange);
    };
}

Handler hang(const Counter& counter) {
    return [counter](const std::shared_ptr<Exchange>& exchange) {
        ++*counter;
        exchange->onAbort([counter, exchange] { --*counter; });
    };
}

void flood(const std::shared_ptr<Exchange>& exchange) {
    exchange->beginStream(200, "text/event-stream");
    for (int i = 0; i < 1024 && !exchange->aborted(); ++i)
        exchange->write(std::string(65536, 'x'));
    exchange->end();
}

} // namespace

TestServer::TestServer(ServerOptions options) {
    auto router = std::make_shared<Router>();
    Route open = route(Method::Get, "/open", [](const auto& exchange) {
        exchange->respond(text("open"));
    });
    open.access = Access::Open;
    open.runOn = RunOn::Network;
    router->add(std::move(open));
    router->add(route(Method::Get, "/plain", [count = handled](const auto& exchange) {
        ++*count;
        exchange->respond(text("plain"));
    }));
    router->add(route(Method::Get, "/models/{id...}", [](const auto& exchange) {
        exchange->respond(text(exchange->request().parameters.at("id")));
    }));
    router->add(route(Method::Post, "/echo", [count = handled](const auto& exchange) {
        ++*count;
        exchange->respond(text(exchange->request().body));
    }));
    Route stream = route(Method::Post, "/v1/stream", endless(streaming));
    stream.generates = true;
    router->add(std::move(stream));
    router->speakAt("/v1/stream",
                    {[](const ServerError& error) {
                         return std::to_string(error.status) + " in plain words";
                     },
                     [](const ServerError& error) {
                         return std::to_string(error.status) + " ends the stream";
                     }});
    Route hanging_ = route(Method::Post, "/hang", hang(hanging));
    hanging_.generates = true;
    router->add(std::move(hanging_));
    router->add(route(Method::Post, "/flood", flood));
    router->add(route(Method::Get, "/boom", [](const auto&) { throw std::runtime_error("boom"); }));

    options.port = 0;
    http = *HttpServer::start(std::move(options), std::move(router), [this](const Served& served) {
        const std::scoped_lock lock(m_mutex);
        m_log.push_back(served.entry);
    });
}

std::vector<ServedRequest> TestServer::log(std::size_t least) {
    const auto enough = [&] {
        const std::scoped_lock lock(m_mutex);
        return m_log.size() >= least;
    };
    eventually(enough);
    const std::scoped_lock lock(m_mutex);
    return m_log;
}

} // namespace hearth::test
