#include "serve/api/whole_writer.h"
#include "serve/tgi/tgi_error.h"
#include "serve/tgi/tgi_writers.h"

#include <algorithm>
#include <utility>

namespace hearth::serve {

namespace {

double meanLogprob(const ChoiceResult& choice) {
    double sum = 0.0;
    for (const TokenInfo& info : choice.probabilities)
        sum += double(info.chosen.logprob);
    return choice.probabilities.empty() ? 0.0 : sum / double(choice.probabilities.size());
}

class TgiWholeWriter final : public WholeWriter {
public:
    TgiWholeWriter(std::shared_ptr<Exchange> exchange, std::shared_ptr<TgiTurn> turn)
        : m_exchange(std::move(exchange)), m_turn(std::move(turn)) {}

    void failed(const ApiError& error) override {
        m_exchange->respond(tgiErrorResponse(error));
    }

protected:
    void whole(std::vector<ChoiceResult>& choices, const GenerationUsage&) override {
        std::stable_sort(choices.begin(), choices.end(),
                         [](const ChoiceResult& a, const ChoiceResult& b) {
                             return meanLogprob(a) > meanLogprob(b);
                         });
        Json body = {{"generated_text", textOf(choices.front())}};
        const TgiParameters& asked = m_turn->parameters;
        if (asked.details || asked.decoderInputDetails) {
            Json details = detailsOf(choices.front());
            if (choices.size() > 1) {
                details["best_of_sequences"] = Json::array();
                for (auto other = choices.begin() + 1; other != choices.end(); ++other) {
                    Json sequence = detailsOf(*other);
                    sequence["generated_text"] = textOf(*other);
                    details["best_of_sequences"].push_back(std::move(sequence));
                }
            }
            body["details"] = std::move(details);
        }
        HttpResponse response;
        response.body = jsonText(body);
        m_exchange->respond(std::move(response));
    }

private:
    [[nodiscard]] std::string textOf(const ChoiceResult& choice) const {
        return m_turn->parameters.returnFullText ? m_turn->inputs + choice.text : choice.text;
    }

    [[nodiscard]] Json detailsOf(const ChoiceResult& choice) const {
        TgiTokens shaper;
        Json tokens = Json::array();
        Json top = Json::array();
        for (const TokenInfo& info : choice.probabilities) {
            const bool isEnd = choice.end.reason == FinishReason::Stop &&
                               &info == &choice.probabilities.back();
            tokens.push_back(shaper.token(info, isEnd));
            top.push_back(TgiTokens::top(info));
        }
        Json details = {{"finish_reason", tgiReason(choice.end.reason)},
                        {"generated_tokens", choice.end.statistics.completionTokens},
                        {"seed", tgiSeed(m_turn->parameters, choice.end.statistics)},
                        {"prefill", m_turn->prefill},
                        {"tokens", std::move(tokens)}};
        if (m_turn->parameters.topTokens > 0)
            details["top_tokens"] = std::move(top);
        return details;
    }

    const std::shared_ptr<Exchange> m_exchange;
    const std::shared_ptr<TgiTurn> m_turn;
};

} // namespace

std::unique_ptr<GenerationWriter> makeTgiWholeWriter(std::shared_ptr<Exchange> exchange,
                                                     std::shared_ptr<TgiTurn> turn) {
    return std::make_unique<TgiWholeWriter>(std::move(exchange), std::move(turn));
}

} // namespace hearth::serve
