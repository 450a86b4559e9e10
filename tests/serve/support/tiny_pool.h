#pragma once

#include "hearth/host.h"
#include "serve/context.h"
#include "serve/support/fake_exchange.h"
#include "support/temporary_folder.h"

#include <memory>
#include <string>
#include <vector>

namespace hearth::test {

/// A real host on the CPU and a pool of models: tiny ones of random weights, made here, whose
/// tokens are bytes and whose template is <|user|>…<|end|><|assistant|>…<|end|>; or the starter.
class TinyPool {
public:
    /// Names of tiny models; the first is the default.
    explicit TinyPool(const std::vector<std::string>& names = {"tiny"});
    /// The model at $HEARTH_STARTER_MODEL, as "starter".
    struct Starter {};
    explicit TinyPool(Starter);
    ~TinyPool();
    static bool hasStarter();

    [[nodiscard]] Host& host() { return *m_host; }
    [[nodiscard]] ModelPool& pool() { return *context->models; }

    /// Sends a request to the route that fits and waits for its end.
    std::shared_ptr<serve::FakeExchange> ask(serve::Method method, const std::string& path,
                                             const std::string& body = {});
    std::shared_ptr<serve::FakeExchange> post(const std::string& path, const std::string& body) {
        return ask(serve::Method::Post, path, body);
    }
    /// Likewise without waiting.
    std::shared_ptr<serve::FakeExchange> begin(serve::Method method, const std::string& path,
                                               const std::string& body = {});

private:
    void start(std::vector<PoolModel> models);

    TemporaryFolder m_folder;
    std::unique_ptr<Host> m_host;

public:
    std::shared_ptr<serve::Context> context; ///< Goes before the host.
    serve::Router router;
};

} // namespace hearth::test
