// Times encoding and decoding, in MB of text a second of processor time on one thread, of the texts
// of every tokenizer fixture (words, code and random characters, repeated) and of one text file.
// Usage: bench_tokenizer [FILE [TOKENIZER…]]; FILE defaults to this project's LICENSE, TOKENIZER
// (a folder or a .gguf) to the fixtures.
#include "engine/text/tokenizer_support.h"
#include "text/open_tokenizer.h"

#include <algorithm>
#include <cstdio>
#include <ctime>
#include <functional>
#include <tuple>

namespace {

constexpr std::size_t kTextBytes = 4 << 20;
constexpr int kRepeats = 3;

double processorSeconds() {
    timespec time{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

double megabytesPerSecond(std::size_t bytes, const std::function<void()>& work) {
    double best = 0;
    for (int i = 0; i < kRepeats; ++i) {
        const double start = processorSeconds();
        work();
        best = std::max(best, static_cast<double>(bytes) / 1e6 / (processorSeconds() - start));
    }
    return best;
}

std::string repeated(const std::string& text) {
    std::string result;
    while (!text.empty() && result.size() < kTextBytes)
        result += text;
    return result;
}

void report(const hearth::Tokenizer& tokenizer, const char* name, const char* kind,
            const std::string& text) {
    std::vector<std::int32_t> ids;
    const double encode =
        megabytesPerSecond(text.size(), [&] { ids = tokenizer.encode(text).value(); });
    const double decode =
        megabytesPerSecond(text.size(), [&] { std::ignore = tokenizer.decode(ids); });
    std::printf("%-28s %-8s %7.1f MB/s encode %7.1f MB/s decode  %.2f bytes/token\n", name, kind,
                encode, decode, static_cast<double>(text.size()) / static_cast<double>(ids.size()));
}

} // namespace

int main(int argc, char** argv) {
    using namespace hearth::test;
    const std::string file = argc > 1 ? argv[1] : HEARTH_TEST_DATA "/../../LICENSE";
    std::vector<std::string> paths(argv + std::min(argc, 2), argv + argc);
    if (paths.empty()) {
        for (const char* kind :
             {"bpe_gpt2", "bpe_llama3", "bpe_qwen2", "tiktoken_qwen", "sp_bpe_llama2",
              "sp_unigram_t5", "unigram_xlm", "wordpiece_bert"})
            paths.push_back(tokenizerFolder(kind));
    }
    std::string mixed;
    for (const ReferenceText& reference : referenceTexts("bpe_gpt2"))
        mixed += reference.text + "\n";
    const std::string prose = repeated(fileBytes(file));
    mixed = repeated(mixed);
    for (const std::string& path : paths) {
        const auto tokenizer = hearth::openTokenizer(path);
        if (!tokenizer) {
            std::fprintf(stderr, "%s\n", tokenizer.error().message().c_str());
            return 1;
        }
        const std::string name = path.substr(path.find_last_of('/') + 1);
        report(**tokenizer, name.c_str(), "file", prose);
        report(**tokenizer, name.c_str(), "fixtures", mixed);
    }
    return 0;
}
