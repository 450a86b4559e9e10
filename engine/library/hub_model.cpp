#include "hearth/download.h"

#include "base/lower_case.h"
#include "library/content_digest.h"
#include "library/download_target.h"
#include "library/http_transfer.h"
#include "library/hub_access.h"
#include "models/model_kind.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <optional>
#include <set>
#include <system_error>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

namespace hearth {

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::size_t kMaxListBytes = 32 << 20;
constexpr int kMaxPages = 100;
constexpr int kMaxFileRedirects = 8;
constexpr std::size_t kMaxFiles = 20'000;
constexpr std::uint64_t kMaxSideFileBytes = 256 << 20; ///< Tokenizers and configs.
constexpr std::array kUsualVariants{"Q4_K_M", "Q4_K_S", "Q4_0", "Q5_K_M", "Q8_0"};

struct Page {
    std::string text;
    std::string next; ///< Address of the next page, or empty.
};

/// The address in `<…>; rel="next"`.
std::string nextPage(const std::string& link) {
    const std::size_t relation = link.find("rel=\"next\"");
    const std::size_t open = relation == std::string::npos ? relation : link.rfind('<', relation);
    const std::size_t close = open == std::string::npos ? open : link.find('>', open);
    return close == std::string::npos ? std::string() : link.substr(open + 1, close - open - 1);
}

Result<Page> fetchPage(HttpTransfer& http, const HubAccess& hub, std::string address) {
    Page page;
    for (int hop = 0; hop <= kMaxFileRedirects; ++hop) {
        page.text.clear();
        const HttpTransfer::Receiver receiver{
            {},
            [&](const char* data, std::size_t size) -> Result<void> {
                if (page.text.size() + size > kMaxListBytes)
                    return failedAt(address, ErrorCode::WrongContent, "a list that is too long");
                page.text.append(data, size);
                return {};
            }};
        HEARTH_TRY_ASSIGN(const HttpResponse response, http.run(hub.request(address), receiver));
        if (response.redirect.empty()) {
            constexpr long kOk = 200;
            if (response.status != kOk)
                return refusedBy(address, response.status);
            page.next = nextPage(response.header("link"));
            return page;
        }
        address = response.redirect;
    }
    return failedAt(address, ErrorCode::WrongContent, "redirects without end");
}

std::string textAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::optional<std::uint64_t> sizeAt(const Json& object, const char* key) {
    const auto found = object.find(key);
    if (found == object.end() || !found->is_number_unsigned())
        return std::nullopt;
    return found->get<std::uint64_t>();
}

/// An entry of either hub's list; nothing for folders and what has no size or digest.
std::optional<HubFile> fileOf(const HubRepository& repository, const Json& entry) {
    if (!entry.is_object())
        return std::nullopt;
    HubFile file;
    file.hub = repository.hub;
    file.repository = repository.name;
    file.revision = repository.revision;
    std::optional<std::uint64_t> bytes;
    if (repository.hub == HubKind::ModelScope) {
        if (textAt(entry, "Type") == "tree")
            return std::nullopt;
        file.file = textAt(entry, "Path");
        bytes = sizeAt(entry, "Size");
        file.digest = textAt(entry, "Sha256");
    } else {
        if (textAt(entry, "type") != "file")
            return std::nullopt;
        file.file = textAt(entry, "path");
        bytes = sizeAt(entry, "size");
        file.digest = textAt(entry, "oid");
        if (const auto large = entry.find("lfs"); large != entry.end() && large->is_object()) {
            file.digest = textAt(*large, "oid");
            bytes = sizeAt(*large, "size");
        }
    }
    if (!bytes || !ContentDigest::parse(file.digest))
        return std::nullopt;
    file.approximateBytes = *bytes;
    return file;
}

/// A path below the model's folder, every part of which is an ordinary name.
bool isPlainPath(const std::string& path) {
    if (path.empty() || path.size() > 400 || path.front() == '/')
        return false;
    for (const fs::path& part : fs::path(path)) {
        const std::string name = part.string();
        if (name.empty() || name.front() == '.' ||
            !std::all_of(name.begin(), name.end(), [](unsigned char c) {
                return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '+';
            }))
            return false;
    }
    return true;
}

/// What a refusal of the list means for a person.
Error withReason(Error error, const HubRepository& repository) {
    constexpr std::uint64_t kUnauthorised = 401;
    constexpr std::uint64_t kForbidden = 403;
    constexpr std::uint64_t kNotFound = 404;
    if (error.code != ErrorCode::HttpRefused)
        return error;
    const std::uint64_t status = error.available.value_or(0);
    const std::string name = repository.name + "@" + repository.revision;
    if (status == kNotFound)
        error.detail = name + ": there is no such repository or revision";
    else if (status == kUnauthorised || status == kForbidden) // also of what does not exist
        error.detail = fmt::format("{}: there is no such repository, or it needs a token of yours "
                                   "({}) that its owner let in",
                                   name,
                                   repository.hub == HubKind::ModelScope ? "MODELSCOPE_API_TOKEN"
                                                                         : "HF_TOKEN");
    else
        error.detail = name;
    return error;
}

Result<std::vector<HubFile>> listAll(const HubRepository& repository, const HubAccess& hub,
                                     const DownloadOptions& options, const std::stop_token& stop) {
    HttpTransfer http(options, stop);
    std::vector<HubFile> files;
    std::string address = hub.listAddress(repository);
    for (int pages = 0; !address.empty() && pages < kMaxPages && files.size() < kMaxFiles;
         ++pages) {
        auto fetched = fetchPage(http, hub, address);
        if (!fetched)
            return fail(withReason(std::move(fetched).error(), repository));
        const Page page = *std::move(fetched);
        Json list = Json::parse(page.text, nullptr, false);
        if (repository.hub == HubKind::ModelScope && list.is_object() && list.contains("Data") &&
            list["Data"].is_object() && list["Data"].contains("Files"))
            list = Json(list["Data"]["Files"]);
        if (!list.is_array())
            return failedAt(address, ErrorCode::WrongContent, "no list of files");
        for (const Json& entry : list)
            if (auto file = fileOf(repository, entry); file && isPlainPath(file->file))
                files.push_back(*std::move(file));
        address = page.next;
    }
    return files;
}

bool isInFolder(const HubFile& file) {
    return file.file.find('/') != std::string::npos;
}

/// "model-00001-of-00003.gguf" → "model"; of other names the stem.
std::string ggufStem(const std::string& path) {
    std::string stem = path.substr(0, path.size() - std::string_view(".gguf").size());
    if (const std::size_t part = stem.rfind("-of-"); part != std::string::npos && part >= 6)
        stem.resize(part - 6);
    return stem;
}

bool isVariant(const std::string& stem, const std::string& variant) {
    const std::string name = lowerCase(stem);
    const std::string wanted = lowerCase(variant);
    for (std::size_t at = name.find(wanted); at != std::string::npos;
         at = name.find(wanted, at + 1)) {
        const std::size_t end = at + wanted.size();
        const auto isBoundary = [&](std::size_t i) {
            return i >= name.size() || std::string_view("-_./").find(name[i]) != std::string::npos;
        };
        // "Q4_K" is no part of "Q4_K_M".
        const bool endsThere = end >= name.size() || name[end] == '-' || name[end] == '.' ||
                               name[end] == '/';
        if ((at == 0 || isBoundary(at - 1)) && endsThere)
            return true;
    }
    return false;
}

Result<std::vector<HubFile>> chooseGguf(const HubRepository& repository,
                                        const std::vector<HubFile>& files) {
    std::set<std::string> stems;
    for (const HubFile& file : files)
        stems.insert(ggufStem(file.file));
    const auto choose = [&](const std::string& variant) -> std::optional<std::string> {
        for (const std::string& stem : stems)
            if (isVariant(stem, variant))
                return stem;
        return std::nullopt;
    };
    std::optional<std::string> chosen;
    if (!repository.variant.empty()) {
        chosen = choose(repository.variant);
    } else {
        for (const char* usual : kUsualVariants)
            if (!chosen)
                chosen = choose(usual);
        if (!chosen && stems.size() == 1)
            chosen = *stems.begin();
    }
    if (!chosen) {
        Error error;
        error.code = ErrorCode::NotFound;
        error.field = repository.variant.empty() ? repository.name : repository.variant;
        error.detail = fmt::format("the repository has {}; name one behind a colon",
                                   fmt::join(stems, ", "));
        return fail(std::move(error));
    }
    std::vector<HubFile> parts;
    for (const HubFile& file : files)
        if (ggufStem(file.file) == *chosen)
            parts.push_back(file);
    std::sort(parts.begin(), parts.end(),
              [](const HubFile& a, const HubFile& b) { return a.file < b.file; });
    return parts;
}

bool isSideFile(const HubFile& file) {
    const std::string& name = file.file;
    const bool isKnown = name.ends_with(".json") || name.ends_with(".jinja") ||
                         name.ends_with(".model") || name.ends_with(".tiktoken") ||
                         name == "vocab.txt" || name == "merges.txt" || name == "README.md" ||
                         name == "LICENSE" || name == "LICENSE.txt" || name == "LICENSE.md";
    const bool isBelow = isInFolder(file) && !name.starts_with("1_Pooling/") &&
                         !name.starts_with("additional_chat_templates/");
    return isKnown && !isBelow && file.approximateBytes <= kMaxSideFileBytes;
}

/// Weights first and config.json last: until it is there the folder is no model.
int orderOf(const HubFile& file) {
    if (file.file.ends_with(".safetensors"))
        return 0;
    return file.file == "config.json" ? 2 : 1;
}

Result<std::vector<HubFile>> chooseFolder(const HubRepository& repository,
                                          std::vector<HubFile> files) {
    const bool hasShards = std::any_of(files.begin(), files.end(), [](const HubFile& file) {
        return file.file == "model.safetensors.index.json";
    });
    std::erase_if(files, [&](const HubFile& file) {
        // Of a repository with both, "consolidated" holds the same weights once more.
        const bool isWeight = file.file.ends_with(".safetensors") && !isInFolder(file) &&
                              (hasShards ? file.file.starts_with("model-")
                                         : file.file == "model.safetensors");
        return !isWeight && !isSideFile(file);
    });
    const auto isConfig = [](const HubFile& file) { return file.file == "config.json"; };
    if (std::none_of(files.begin(), files.end(), isConfig)) {
        Error error;
        error.code = ErrorCode::NotFound;
        error.field = repository.name;
        error.detail = "the repository has no config.json";
        return fail(std::move(error));
    }
    std::stable_sort(files.begin(), files.end(), [](const HubFile& a, const HubFile& b) {
        return std::pair(orderOf(a), std::string_view(a.file)) <
               std::pair(orderOf(b), std::string_view(b.file));
    });
    return files;
}

Failure withoutWeights(const HubRepository& repository, const std::vector<HubFile>& files) {
    const bool isPickled = std::any_of(files.begin(), files.end(), [](const HubFile& file) {
        return file.file.ends_with(".bin") || file.file.ends_with(".pt") ||
               file.file.ends_with(".pth");
    });
    Error error;
    error.code = isPickled ? ErrorCode::UnsafeFile : ErrorCode::NotFound;
    error.path = repository.name;
    error.field = isPickled ? "" : repository.name;
    error.detail = isPickled ? "the repository has pickled weights only; look for one with "
                               "safetensors or GGUF files"
                             : "the repository has neither safetensors nor GGUF files";
    return fail(std::move(error));
}

/// Asks for the config ahead of the weights, which may be many gigabytes of what cannot be run. It
/// is thrown away: in the folder it still comes last.
Result<void> checkConfig(const std::vector<HubFile>& files, const fs::path& root,
                         const DownloadOptions& options, const std::stop_token& stop) {
    const auto config = std::ranges::find(files, "config.json", &HubFile::file);
    std::error_code ignored;
    if (config == files.end() || fs::exists(root / config->file, ignored))
        return {};
    HttpTransfer http(options, stop);
    const HubAccess hub(config->hub, options);
    HEARTH_TRY_ASSIGN(const Page page, fetchPage(http, hub, hub.fileAddress(*config)));
    const Json json = Json::parse(page.text, nullptr, false);
    return checkArchitecture(json, config->repository + "/" + config->file);
}

} // namespace

Result<HubRepository> parseHubRepository(std::string_view text) {
    HubRepository repository;
    std::string rest(text);
    if (rest.starts_with("hf:")) {
        rest.erase(0, 3);
    } else if (rest.starts_with("modelscope:")) {
        rest.erase(0, 11);
        repository.hub = HubKind::ModelScope;
    } else {
        rest.clear();
    }
    if (const std::size_t at = rest.find('@'); at != std::string::npos) {
        repository.revision = rest.substr(at + 1);
        rest.resize(at);
    }
    if (const std::size_t colon = rest.find(':'); colon != std::string::npos) {
        repository.variant = rest.substr(colon + 1);
        rest.resize(colon);
    }
    repository.name = rest;
    if (std::count(rest.begin(), rest.end(), '/') != 1 || !isPlainPath(rest) ||
        rest.back() == '/' ||
        (!repository.revision.empty() && !isPlainPath(repository.revision))) {
        Error error;
        error.code = ErrorCode::InvalidArgument;
        error.field = std::string(text);
        error.detail = "must be hf:ORG/NAME or modelscope:ORG/NAME";
        return fail(std::move(error));
    }
    if (repository.revision.empty())
        repository.revision = repository.hub == HubKind::ModelScope ? "master" : "main";
    return repository;
}

Result<std::vector<HubFile>> listModelFiles(const HubRepository& repository,
                                            const DownloadOptions& options,
                                            const std::stop_token& stop) {
    const HubAccess hub(repository.hub, options);
    HEARTH_TRY_ASSIGN(std::vector<HubFile> files, listAll(repository, hub, options, stop));
    std::vector<HubFile> ggufs;
    for (const HubFile& file : files)
        if (file.file.ends_with(".gguf") && file.file.find("mmproj") == std::string::npos)
            ggufs.push_back(file);
    const bool hasSafetensors = std::any_of(files.begin(), files.end(), [](const HubFile& file) {
        return file.file.ends_with(".safetensors") && !isInFolder(file);
    });
    if (!ggufs.empty() && (!hasSafetensors || !repository.variant.empty()))
        return chooseGguf(repository, ggufs);
    if (hasSafetensors)
        return chooseFolder(repository, std::move(files));
    return withoutWeights(repository, files);
}

Result<std::string> downloadModel(const HubRepository& repository, const std::string& folder,
                                  const DownloadOptions& options, const DownloadObserver& observer,
                                  const std::stop_token& stop) {
    if (observer)
        observer({});
    HEARTH_TRY_ASSIGN(const std::vector<HubFile> files, listModelFiles(repository, options, stop));
    const fs::path root = fs::path(folder) / repository.name;
    std::error_code error;
    fs::create_directories(root, error);
    std::uint64_t total = 0;
    std::uint64_t missing = 0;
    for (const HubFile& file : files) {
        total += file.approximateBytes;
        const std::uintmax_t present = fs::file_size(root / file.file, error);
        const std::uintmax_t part = fs::file_size((root / file.file).string() + ".part", error);
        if (present != file.approximateBytes)
            missing += file.approximateBytes -
                       (part == std::uintmax_t(-1) ? 0 : std::min(part, file.approximateBytes));
    }
    const std::optional<std::uint64_t> available = freeDiskBytes(root);
    if (available && missing > 0 && missing + options.spareBytes > *available)
        return noSpace(root, missing + options.spareBytes, *available);

    HEARTH_TRY(checkConfig(files, root, options, stop));

    std::uint64_t before = 0;
    std::string first;
    for (const HubFile& file : files) {
        const auto forward = [&](const DownloadProgress& progress) {
            DownloadProgress whole = progress;
            if (progress.phase != DownloadPhase::Verifying) {
                whole.doneBytes += before;
                whole.totalBytes = total;
                if (whole.bytesPerSecond > 0.0)
                    whole.secondsLeft = double(total - whole.doneBytes) / whole.bytesPerSecond;
            }
            observer(whole);
        };
        const fs::path place = (root / file.file).parent_path();
        HEARTH_TRY_ASSIGN(const std::string path,
                          downloadFromHub(file, place.string(), options,
                                          observer ? DownloadObserver(forward) : DownloadObserver(),
                                          stop));
        if (first.empty())
            first = path;
        before += file.approximateBytes;
    }
    return first.ends_with(".gguf") ? first : root.string();
}

} // namespace hearth
