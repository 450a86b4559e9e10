#pragma once

#include "formats/checkpoint.h"
#include "hearth/kernels/program.h"
#include "hearth/result.h"
#include "models/decoder_spec.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

/// The keys of one architecture, `{architecture}.*`, of a GGUF file that outlives this.
class GgufKeys {
public:
    explicit GgufKeys(const Checkpoint& checkpoint, std::string_view architecture)
        : m_checkpoint(checkpoint)
        , m_architecture(architecture) {}

    [[nodiscard]] const Checkpoint& checkpoint() const { return m_checkpoint; }
    [[nodiscard]] std::string full(std::string_view key) const;
    [[nodiscard]] bool has(std::string_view key) const {
        return m_checkpoint.gguf().has(full(key));
    }
    template<typename T>
    Result<T> get(std::string_view key) const {
        return m_checkpoint.gguf().get<T>(full(key));
    }
    template<typename T>
    Result<T> getOr(std::string_view key, T fallback) const {
        return m_checkpoint.gguf().getOr<T>(full(key), fallback);
    }
    [[nodiscard]] Failure wrong(std::string_view key, std::string detail,
                                ErrorCode code = ErrorCode::Corrupt) const;
    [[nodiscard]] Failure unsupported(std::string_view key, std::string detail) const {
        return wrong(key, std::move(detail), ErrorCode::Unsupported);
    }

private:
    const Checkpoint& m_checkpoint;
    std::string m_architecture;
};

/// Reads what GGUF files of the Llama family share, and the names of their tensors: q, k and v in
/// one tensor where the file has it so. `pairing` is
/// what the architecture's converter wrote. Norms are stored ready for use (gain + 1 for Gemma).
Result<DecoderSpec> describeGgufDecoder(const Checkpoint& checkpoint, std::string_view architecture,
                                        kernels::RopePairing pairing);

// The parts of describeGgufDecoder().
Result<void> readGgufSizes(const GgufKeys& keys, DecoderSpec& decoder);
/// `trainedContext` and `headWidth` of the decoder are known.
Result<RopeSpec> readGgufRope(const GgufKeys& keys, const DecoderSpec& decoder);
DecoderNames ggufNames(const DecoderSpec& decoder);
/// Norms of each head of q and k.
void nameGgufHeadNorms(DecoderSpec& decoder);

struct GgufWindow {
    std::int32_t tokens = 0;   ///< 0: none.
    std::vector<bool> sliding; ///< [layers]
};
/// attention.sliding_window, and which layers have it: all but each `pattern`-th (0: all), or as
/// attention.sliding_window_pattern says.
Result<GgufWindow> readGgufWindow(const GgufKeys& keys, const DecoderSpec& decoder,
                                  std::int32_t fallback, std::int32_t pattern);
/// Gives the decoder the window that the file states. llama.cpp reads none of some architectures
/// that have one; files of ours state it all the same.
Result<void> addGgufWindow(const GgufKeys& keys, DecoderSpec& decoder);

} // namespace hearth
