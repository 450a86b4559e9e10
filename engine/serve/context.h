#pragma once

#include "hearth/model_pool.h"
#include "hearth/server.h"
#include "serve/http/router.h"

#include <memory>

namespace hearth::serve {

class Metrics;

/// What all handlers share. Made by Server::start(), lives until the last exchange is over.
struct Context {
    ServerOptions options;
    std::shared_ptr<ModelPool> models;
    std::shared_ptr<Metrics> metrics;
};

// A folder of the API adds its routes by one function each; Server::start() calls them all.
void addOpenAi(Router& router, const std::shared_ptr<Context>& context);
void addAnthropic(Router& router, const std::shared_ptr<Context>& context);
void addLmDeploy(Router& router, const std::shared_ptr<Context>& context);
void addTgi(Router& router, const std::shared_ptr<Context>& context);
void addGenerate(Router& router, const std::shared_ptr<Context>& context); ///< After the last two.
void addOllama(Router& router, const std::shared_ptr<Context>& context);
void addLmStudio(Router& router, const std::shared_ptr<Context>& context);
void addTools(Router& router, const std::shared_ptr<Context>& context);      ///< tokenize, rerank
void addOperations(Router& router, const std::shared_ptr<Context>& context); ///< health, metrics
void addDocuments(Router& router, const std::shared_ptr<Context>& context);  ///< openapi, docs

} // namespace hearth::serve
