#include "convert/gguf_notes.h"

#include "models/rope.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include <fmt/format.h>

namespace hearth {

namespace {

constexpr std::array<std::string_view, 3> kSliding{"gemma2", "gemma3", "gpt-oss"};

std::int32_t windowOf(const DecoderSpec& decoder) {
    std::int32_t window = 0;
    for (const AttentionForm& form : decoder.forms)
        window = std::max(window, form.window);
    return window;
}

/// llama.cpp always rounds them, and some models do not.
bool roundingChanges(const RopeSpec& rope) {
    if (rope.scaling != RopeScaling::Yarn || rope.truncate)
        return false;
    RopeSpec rounded = rope;
    rounded.truncate = true;
    return ropeFrequencies(rounded) != ropeFrequencies(rope);
}

} // namespace

std::vector<std::string> ggufNotes(const EncoderSpec& /*encoder*/) {
    return {};
}

std::vector<std::string> ggufNotes(const EncoderDecoderSpec& model) {
    std::vector<std::string> notes;
    if (model.decoderLayers > 0 && model.tiedHead && model.headScale != 1.0F)
        notes.push_back("llama.cpp does not scale the hidden state in front of the head: its "
                        "logits are larger, with the same greedy tokens");
    if (model.decoderLayers > model.encoderLayers)
        notes.push_back("llama.cpp refuses files whose decoder has more layers than their encoder");
    return notes;
}

std::vector<std::string> ggufNotes(const GgufArchitecture& architecture,
                                   const DecoderSpec& decoder) {
    std::vector<std::string> notes;
    const std::string_view name = architecture.name;
    const std::int32_t window = windowOf(decoder);
    if (window > 0 && window < decoder.trainedContext &&
        std::find(kSliding.begin(), kSliding.end(), name) == kSliding.end())
        notes.push_back(fmt::format("llama.cpp ignores the sliding window of {} tokens in files of "
                                    "this architecture",
                                    window));
    if (std::any_of(decoder.forms.begin(), decoder.forms.end(),
                    [](const AttentionForm& form) { return roundingChanges(form.rope); }))
        notes.push_back("llama.cpp rounds the ends of yarn's ramp, which this model does not");
    if (decoder.forms.front().rope.scaling == RopeScaling::LongRope)
        notes.push_back(
            "llama.cpp chooses longrope's factors by the size of its context, this model "
            "by the tokens that are in it");
    if (name == "baichuan" && decoder.layers != (decoder.alibi.empty() ? 32 : 40))
        notes.push_back("llama.cpp takes Baichuan models of 32 layers for those with rope, of 40 "
                        "for those with ALiBi, and computes others wrongly");
    if (name == "chatglm" && decoder.heads * decoder.headWidth != decoder.hidden)
        notes.push_back("llama.cpp refuses files of this architecture whose heads are not as wide "
                        "together as the hidden state");
    const LatentSpec& latent = decoder.latent;
    if (latent.kvRank > 0 && latent.queryRank == 0 && decoder.layers != 26 && decoder.layers != 27)
        notes.push_back("llama.cpp refuses files of this architecture without a query rank, unless "
                        "they have 26 or 27 layers");
    const ExpertSpec& experts = decoder.experts;
    if (experts.count > 0 && latent.kvRank == 0 &&
        std::find(experts.inLayer.begin(), experts.inLayer.end(), false) != experts.inLayer.end())
        notes.push_back(
            "llama.cpp refuses files of this architecture where a layer has no experts");
    if (experts.topGroups < experts.groups &&
        experts.groupScore == kernels::RouterGroupScore::Max)
        notes.push_back("llama.cpp chooses groups of experts by their two best, this model by the "
                        "best");
    return notes;
}

} // namespace hearth
