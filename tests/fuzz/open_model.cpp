#include "fuzz/open_model.h"

#include "formats/checkpoint.h"
#include "models/architecture.h"
#include "models/decoder_program.h"
#include "models/weight_loader.h"
#include "text/open_chat_template.h"
#include "text/open_tokenizer.h"

#include <cstdint>
#include <cstdlib>
#include <vector>

namespace hearth::fuzz {

namespace {

/// Larger programs only take time.
bool isSmall(const DecoderSpec& decoder) {
    return decoder.layers <= 64 && decoder.experts.count <= 64 && decoder.heads <= 256;
}

} // namespace

void openModel(const std::filesystem::path& path) {
    const auto checkpoint = Checkpoint::open(path);
    if (!checkpoint) {
        if (checkpoint.error().message().empty())
            std::abort();
        return;
    }
    unsigned sum = 0;
    for (const TensorView& tensor : checkpoint->tensors())
        if (!tensor.data.empty())
            sum += static_cast<unsigned>(tensor.data.front()) +
                   static_cast<unsigned>(tensor.data.back());
    asm volatile("" ::"r"(sum)); // or the reads would be left out
    const auto decoder = describeModel(*checkpoint);
    if (!decoder || !isSmall(*decoder))
        return;
    const DecoderProgram program =
        buildDecoderProgram(*decoder, *checkpoint, kernels::DType::F16, 16, Shard{});
    static_cast<void>(checkWeights(*checkpoint, program.weights));
}

void useTokenizer(const std::filesystem::path& path) {
    const auto tokenizer = openTokenizer(path);
    if (!tokenizer)
        return;
    for (const bool special : {false, true}) {
        const auto ids = (*tokenizer)->encode("Hello <|im_start|> w\u00f6rld \u4f60\u597d 123\n\n x",
                                              {special, special});
        if (!ids)
            continue;
        for (const std::int32_t id : *ids)
            if (id < 0 || static_cast<std::size_t>(id) >= (*tokenizer)->vocabularySize())
                std::abort();
        static_cast<void>((*tokenizer)->decode(*ids));
    }
    const std::vector<std::int32_t> strange{-1, 0, 1, 2, 1 << 30, 3, 255};
    static_cast<void>((*tokenizer)->decode(strange, {true}));
}

} // namespace hearth::fuzz
