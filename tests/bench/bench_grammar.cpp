// What constraints cost: compiling, masks over a vocabulary, and tokens a second of constrained
// streams beside free ones.
//     bench_grammar MODEL.gguf [STREAMS]
#include "hearth/host.h"
#include "runtime/reply_constraint.h"
#include "sampling/grammar/compile_constraint.h"
#include "text/open_tokenizer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <random>
#include <set>

using namespace hearth;
using Clock = std::chrono::steady_clock;

namespace {

constexpr const char* kSchema =
    R"({"type":"object","properties":{"name":{"type":"string"},"city":{"type":"string",
        "maxLength":200},"age":{"type":"integer","minimum":0,"maximum":130},
        "scores":{"type":"array","items":{"type":"number"}},"friends":{"type":"array","items":
        {"$ref":"#/$defs/p"}},"extra":{}},"required":["name","age","extra"],
        "$defs":{"p":{"type":"object","properties":{"name":{"type":"string"}},
        "required":["name"]}}})";

Constraint constraint() {
    Constraint result;
    result.syntax = JsonSchema{kSchema, UnknownKeywords::Fail};
    return result;
}

double microseconds(Clock::duration duration) {
    return std::chrono::duration<double, std::micro>(duration).count();
}

/// `count` tokens: those given, then words made of their halves.
std::shared_ptr<const grammar::TokenTable> widened(std::vector<std::string> texts,
                                                   std::size_t count) {
    std::mt19937 random(5);
    std::set<std::string> known(texts.begin(), texts.end());
    const std::size_t given = texts.size();
    while (texts.size() < count) {
        std::string text = texts[random() % given] + texts[random() % given];
        if (text.size() < 24 && known.insert(text).second)
            texts.push_back(std::move(text));
    }
    std::vector<grammar::TokenBytes> tokens;
    for (std::size_t i = 0; i < texts.size(); ++i)
        tokens.push_back({texts[i], std::int32_t(i)});
    return std::make_shared<grammar::TokenTable>(std::move(tokens), std::vector<std::int32_t>{},
                                                 std::int32_t(texts.size()));
}

void benchMasks(const char* name, const std::shared_ptr<const grammar::TokenTable>& table) {
    const auto begin = Clock::now();
    auto compiled = grammar::compileConstraint(constraint());
    if (!compiled)
        std::exit(1);
    std::printf("%s: compile %.2f ms, %zu states\n", name,
                microseconds(Clock::now() - begin) / 1000, compiled->automaton.stateCount());
    const auto grammar =
        std::make_shared<grammar::CompiledGrammar>(std::move(compiled->automaton), table);
    std::vector<std::uint32_t> mask(table->words());
    for (int pass = 0; pass < 2; ++pass) {
        std::vector<double> times;
        std::mt19937 random(1);
        for (int walk = 0; walk < 40; ++walk) {
            grammar::Matcher matcher(grammar);
            for (int step = 0; step < 60 && !matcher.isOver(); ++step) {
                const auto start = Clock::now();
                matcher.fillMask(mask);
                times.push_back(microseconds(Clock::now() - start));
                std::vector<std::int32_t> allowed;
                for (std::size_t i = 0; i < mask.size() * 32; ++i)
                    if ((mask[i / 32] >> (i % 32) & 1) != 0)
                        allowed.push_back(std::int32_t(i));
                if (allowed.empty() || !matcher.accept(allowed[random() % allowed.size()]))
                    break;
            }
        }
        std::sort(times.begin(), times.end());
        std::printf("%s: fillMask %s: p50 %.1f us, p99 %.1f us, max %.1f us (%zu masks)\n", name,
                    pass == 0 ? "first met" : "known", times[times.size() / 2],
                    times[times.size() * 99 / 100], times.back(), times.size());
    }
}

/// Tokens a second of so many streams at once.
double streams(Engine& engine, int count, bool isConstrained) {
    std::mutex mutex;
    std::condition_variable changed;
    int open = count;
    std::uint64_t tokens = 0;
    const auto begin = Clock::now();
    for (int i = 0; i < count; ++i) {
        Request request;
        request.prompt = TextPrompt{"Write JSON: ", false, true};
        request.sampling.seed = std::uint64_t(i) + 1;
        request.maxTokens = 64;
        if (isConstrained) {
            // As long as the free ones.
            request.constraint.syntax = JsonSchema{
                R"({"type":"array","items":{"type":"string","minLength":20},"minItems":40})",
                UnknownKeywords::Fail};
        } else {
            request.ignoreEos = true;
        }
        const auto id = engine.submit(std::move(request), [&](RequestId, Event event) {
            const std::scoped_lock lock(mutex);
            if (const auto* text = std::get_if<TextEvent>(&event))
                tokens += text->tokens.size();
            if (std::holds_alternative<FinishedEvent>(event) ||
                std::holds_alternative<FailedEvent>(event))
                --open;
            changed.notify_all();
        });
        if (!id)
            std::exit(1);
    }
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return open == 0; });
    return double(tokens) / std::chrono::duration<double>(Clock::now() - begin).count();
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2)
        return 2;
    const auto tokenizer = openTokenizer(argv[1]);
    if (!tokenizer) {
        std::fprintf(stderr, "%s\n", tokenizer.error().message().c_str());
        return 1;
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < (*tokenizer)->vocabularySize(); ++i)
        if (!(*tokenizer)->isSpecial(std::int32_t(i)))
            texts.emplace_back((*tokenizer)->tokenBytes(std::int32_t(i)));
    const auto begin = Clock::now();
    const auto own = widened(texts, texts.size());
    std::printf("table of %zu tokens: %.1f ms\n", texts.size(),
                microseconds(Clock::now() - begin) / 1000);
    benchMasks("own vocabulary", own);
    benchMasks("128k", widened(texts, 128'000));

    const int count = argc > 2 ? std::atoi(argv[2]) : 64;
    auto host = createHost({});
    if (!host)
        return 1;
    LoadOptions options;
    options.maxBatchSize = count;
    const auto engine = (*host)->load(argv[1], "bench", options);
    if (!engine)
        return 1;
    streams(**engine, count, false);
    streams(**engine, count, true);
    for (int round = 0; round < 3; ++round) {
        const double free = streams(**engine, count, false);
        const double held = streams(**engine, count, true);
        std::printf("%d streams: free %.1f tok/s, constrained %.1f tok/s (%+.1f %%)\n", count, free,
                    held, (held / free - 1.0) * 100.0);
    }
    return 0;
}
