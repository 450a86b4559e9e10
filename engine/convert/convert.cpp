#include "convert/convert.h"

#include "convert/lmdeploy_config.h"
#include "convert/partial_target.h"
#include "convert/tokenizer_files.h"
#include "formats/format_error.h"
#include "models/model_spec.h"
#include "models/model_spec_json.h"
#include "models/pooling.h"
#include "models/weight_loader.h"

#include <array>
#include <system_error>
#include <utility>
#include <variant>

#include <fmt/format.h>

namespace hearth {

namespace {

namespace fs = std::filesystem;

constexpr int kIndexIndent = -1; // one line: large models have a hundred thousand entries

/// Sizes that ranks share.
std::array<std::pair<const char*, std::int32_t>, 5> sharedSizes(const DecoderSpec& decoder) {
    return {{{"attention heads", decoder.heads},
             {"KV heads", decoder.latent.kvRank > 0 ? decoder.heads : decoder.kvHeads},
             {"feed-forward columns", decoder.feedForward},
             {"columns of an expert", decoder.experts.feedForward},
             {"columns of the shared experts", decoder.experts.sharedFeedForward}}};
}

Result<void> checkRanks(const DecoderSpec& decoder, std::int32_t ranks) {
    Error error;
    error.code = ErrorCode::InvalidArgument;
    error.field = "tp";
    if (ranks < 1 || ranks > 1024 || (ranks & (ranks - 1)) != 0) {
        error.detail = fmt::format("{} is no power of two within 1 and 1024", ranks);
        return fail(std::move(error));
    }
    for (const auto& [what, size] : sharedSizes(decoder))
        if (size % ranks != 0) {
            error.detail = fmt::format("{} ranks cannot share {} {}", ranks, size, what);
            return fail(std::move(error));
        }
    return {};
}

/// The key of its spec in workspace.json.
struct SpecKey {
    const char* operator()(const DecoderSpec&) const { return "decoder"; }
    const char* operator()(const EncoderSpec&) const { return "encoder"; }
    const char* operator()(const EncoderDecoderSpec&) const { return "encoder_decoder"; }
};

/// Tables of which a program picks numbers are kept whole: the reader picks.
std::vector<WeightRequest> storedWeights(std::vector<WeightRequest> weights) {
    for (WeightRequest& weight : weights) {
        TensorPart& part = weight.parts.front();
        if (part.transform != TensorTransform::Picked)
            continue;
        weight.shape = WeightShape::Matrix;
        part.transform = TensorTransform::None;
        part.picked.clear();
        part.rowCount = part.rows;
        part.columnCount = part.columns;
    }
    return weights;
}

std::int64_t rowsOf(const WeightRequest& request) {
    std::int64_t rows = 0;
    for (const TensorPart& part : request.parts)
        rows += part.rowCount;
    return rows;
}

/// What ranks take of each weight, by comparison with what one of several takes.
struct Cuts {
    std::vector<std::int32_t> panels;
    std::vector<bool> isCut;
};

Cuts cutsOf(const std::vector<WeightRequest>& whole, const std::vector<WeightRequest>& share,
            std::int32_t panels) {
    Cuts cuts;
    for (std::size_t i = 0; i < whole.size(); ++i) {
        const bool columns =
            share[i].parts.front().columnCount != whole[i].parts.front().columnCount;
        cuts.panels.push_back(columns ? panels : 1);
        cuts.isCut.push_back(columns || rowsOf(share[i]) != rowsOf(whole[i]));
    }
    return cuts;
}

Result<void> checkSpace(const fs::path& destination, std::uint64_t needed) {
    std::error_code failed;
    const fs::path folder = fs::absolute(destination, failed).parent_path();
    const fs::space_info space = fs::space(folder, failed);
    if (failed || space.available >= needed)
        return {}; // a file system that can't tell is asked when it is written to
    Error error;
    error.code = ErrorCode::NoSpace;
    error.path = destination.string();
    error.needed = needed;
    error.available = space.available;
    return fail(std::move(error));
}

Result<WorkspaceIndex> writeWeights(const Checkpoint& checkpoint,
                                    const std::vector<WeightRequest>& requests, Cuts cuts,
                                    const fs::path& folder, const ConvertObserver& observer,
                                    const std::stop_token& stop) {
    HEARTH_TRY_ASSIGN(OutputFile file, OutputFile::create(folder / kWorkspaceWeightsName));
    WorkspaceWriter writer(std::move(file), requests, std::move(cuts.panels),
                           std::move(cuts.isCut), observer.weight);
    const auto loaded = loadWeights(
        checkpoint, requests, writer,
        [&](const LoadProgress& progress) {
            if (observer.bytes)
                observer.bytes(progress.doneBytes, progress.totalBytes);
        },
        stop);
    if (writer.error())
        return fail(*writer.error());
    if (!loaded)
        return fail(loaded.error());
    return writer.finish();
}

Result<void> writeText(const fs::path& path, std::string_view text) {
    HEARTH_TRY_ASSIGN(OutputFile file, OutputFile::create(path));
    HEARTH_TRY(file.write(text));
    return file.close();
}

/// Opens what was written as every command does.
Result<void> verifyFolder(const fs::path& folder) {
    HEARTH_TRY_ASSIGN(const Checkpoint written, Checkpoint::open(folder));
    HEARTH_TRY_ASSIGN(const ModelSpec spec, describeAnyModel(written));
    return checkWeights(written, programOf(spec, written, Shard{}).weights);
}

bool mayReplaceFolder(const fs::path& path) {
    std::error_code failed;
    return fs::is_directory(fs::symlink_status(path)) &&
           (isWorkspace(path) || fs::is_empty(path, failed));
}

Result<void> checkPlaces(const Checkpoint& checkpoint, const fs::path& destination) {
    std::error_code failed;
    if (!fs::equivalent(checkpoint.path(), destination, failed) || failed)
        return {};
    return fileFailure(ErrorCode::InvalidArgument, destination.string(), "dst-path",
                       "is the model that is to be converted");
}

} // namespace

std::string modelFormatOf(const Checkpoint& checkpoint) {
    switch (checkpoint.kind()) {
    case Checkpoint::Kind::Gguf:
        return "gguf";
    case Checkpoint::Kind::Workspace:
        return "workspace";
    case Checkpoint::Kind::HuggingFace:
        break;
    }
    const auto found = checkpoint.config().find("quantization_config");
    if (found == checkpoint.config().end() || !found->is_object())
        return "hf";
    const auto method = found->find("quant_method");
    if (method != found->end() && (*method == "awq" || *method == "gptq"))
        return method->get<std::string>();
    return "hf";
}

std::int32_t groupSizeOf(const Checkpoint& checkpoint) {
    for (const TensorView& tensor : checkpoint.tensors())
        if (tensor.groups)
            return tensor.groups->groupSize;
    return 0;
}

Result<void> convertToWorkspace(const Checkpoint& checkpoint, const ConvertOptions& options,
                                const ConvertObserver& observer, const std::stop_token& stop) {
    if (checkpoint.isSynthetic())
        return fileFailure(ErrorCode::Unsupported, checkpoint.path().string(), "model",
                           "a synthetic model has no weights to convert");
    HEARTH_TRY(checkPlaces(checkpoint, options.destination));
    HEARTH_TRY_ASSIGN(const ModelSpec spec, describeAnyModel(checkpoint));
    HEARTH_TRY_ASSIGN(const PoolingSpec pooling, readPooling(checkpoint));
    const DecoderSpec sizes = sizesOf(spec);
    HEARTH_TRY(checkRanks(sizes, options.tensorParallel));
    const DecoderProgram program = programOf(spec, checkpoint, Shard{});
    HEARTH_TRY(checkWeights(checkpoint, program.weights));
    const std::vector<WeightRequest> weights = storedWeights(program.weights);
    // One rank cuts nothing; two show what more would cut.
    const std::int32_t ranks =
        options.tensorParallel > 1 ? options.tensorParallel : (checkRanks(sizes, 2) ? 2 : 1);
    Cuts cuts = cutsOf(program.weights, programOf(spec, checkpoint, Shard{0, ranks}).weights,
                       options.tensorParallel);
    const std::uint64_t bytes = weightBytes(checkpoint, weights);
    HEARTH_TRY(checkSpace(options.destination,
                          bytes + weights.size() * kWorkspaceAlignment + (16 << 20)));

    HEARTH_TRY_ASSIGN(
        PartialTarget target,
        PartialTarget::create(options.destination, PartialTarget::Kind::Folder, mayReplaceFolder));
    HEARTH_TRY(copyTokenizerFiles(checkpoint, options.tokenizer, target.path()));
    HEARTH_TRY_ASSIGN(WorkspaceIndex index,
                      writeWeights(checkpoint, weights, std::move(cuts), target.path(),
                                   observer, stop));
    index.modelName = options.modelName;
    index.tensorParallel = options.tensorParallel;
    HEARTH_TRY(writeText(target.path() / kWorkspaceConfigName,
                         lmdeployConfig(checkpoint, sizes, program, options, target.path())));
    const auto json = std::visit([](const auto& each) { return toJson(each); }, spec);
    nlohmann::json document{{"format", "hearth workspace"},
                            {"schema_version", kWorkspaceVersion},
                            {std::visit(SpecKey{}, spec), json},
                            {"weights", toJson(index)}};
    if (const nlohmann::json how = toJson(pooling); !how.is_null())
        document["pooling"] = how;
    HEARTH_TRY(writeText(target.path() / kWorkspaceIndexName, document.dump(kIndexIndent) + "\n"));
    HEARTH_TRY(verifyFolder(target.path()));
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    return target.commit();
}

} // namespace hearth
