#pragma once

#include "serve/api/form.h"
#include "serve/api/generation.h"
#include "serve/http/router.h"

#include <memory>
#include <string>
#include <utility>

namespace hearth::serve {

/// A handler that reads the body, waits for its `model` and answers with what `make` makes of
/// both; `refuse` shapes an error. `form` lives as long as the program.
template<typename Body>
Handler withEngine(const std::shared_ptr<ModelPool>& pool, const Form<Body>& form,
                   HttpResponse (*make)(const Body&, const ModelLease&),
                   HttpResponse (*refuse)(const ApiError&)) {
    return [pool, &form, make, refuse](const std::shared_ptr<Exchange>& exchange) {
        Outcome<Body> body = form.read(exchange->request().body);
        if (!body)
            return exchange->respond(refuse(body.error()));
        const std::string model = modelName(*pool, body->model);
        pool->acquire(model, ModelUse::Generate,
                      [exchange, model, make, refuse,
                       body = *std::move(body)](const Result<std::shared_ptr<ModelLease>>& lease) {
                          const Outcome<Engine*> engine = engineOf(lease, model);
                          exchange->respond(engine ? make(body, **lease) : refuse(engine.error()));
                      });
    };
}

} // namespace hearth::serve
