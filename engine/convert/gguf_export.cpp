#include "convert/gguf_export.h"

#include "convert/gguf_architecture.h"
#include "convert/gguf_encoder.h"
#include "convert/gguf_notes.h"
#include "convert/gguf_sink.h"
#include "convert/gguf_tensors.h"
#include "convert/gguf_vocabulary.h"
#include "convert/gguf_writer.h"
#include "convert/partial_target.h"
#include "formats/format_error.h"
#include "formats/model_card.h"
#include "models/model_spec.h"
#include "models/pooling.h"
#include "models/weight_loader.h"

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <system_error>
#include <utility>
#include <variant>
#include <vector>

namespace hearth {

namespace {

namespace fs = std::filesystem;

bool mayReplaceFile(const fs::path& path) {
    char magic[4] = {};
    std::ifstream file(path, std::ios::binary);
    return fs::is_regular_file(fs::symlink_status(path)) && file.read(magic, sizeof magic) &&
           std::string_view(magic, sizeof magic) == "GGUF";
}

/// llama.cpp's numbers of what most of a file is.
std::uint32_t fileType(const std::vector<GgufTensorJob>& jobs) {
    constexpr std::pair<kernels::DType, std::uint32_t> kTypes[] = {
        {kernels::DType::F32, 0},  {kernels::DType::F16, 1},  {kernels::DType::Q4_0, 2},
        {kernels::DType::Q4_1, 3}, {kernels::DType::Q8_0, 7}, {kernels::DType::BF16, 32}};
    constexpr std::uint32_t kGuessed = 1024;
    const auto matrix = std::find_if(jobs.begin(), jobs.end(), [](const GgufTensorJob& job) {
        return job.request.name.ends_with("attn_output.weight") ||
               job.request.name.ends_with("attn_o.weight");
    });
    for (const auto& [type, number] : kTypes)
        if (matrix != jobs.end() && matrix->type == type)
            return number;
    return kGuessed;
}

Result<void> checkSpace(const fs::path& destination, const GgufWriter& writer) {
    std::uint64_t needed = 64 << 20;
    for (const GgufTensorPlan& tensor : writer.tensors())
        needed += tensor.bytes();
    std::error_code failed;
    const fs::space_info space = fs::space(fs::absolute(destination, failed).parent_path(), failed);
    if (failed || space.available >= needed)
        return {};
    Error error;
    error.code = ErrorCode::NoSpace;
    error.path = destination.string();
    error.needed = needed;
    error.available = space.available;
    return fail(std::move(error));
}

Result<void> writeVectors(GgufWriter& writer, const std::vector<GgufVector>& vectors) {
    for (const GgufVector& vector : vectors) {
        HEARTH_TRY(writer.write(std::as_bytes(std::span(vector.numbers))));
        HEARTH_TRY(writer.endTensor());
    }
    return {};
}

/// What a file is going to hold besides the tokenizer.
struct GgufPlan {
    std::function<void(GgufWriter&)> addKeys;
    std::vector<GgufTensorJob> jobs;
    std::vector<GgufVector> vectors;
    std::vector<std::string> notes;
};

/// An overload for each kind of model.
struct PlanOf {
    const Checkpoint& checkpoint;
    const std::string& name;

    Result<GgufPlan> operator()(const DecoderSpec& decoder) const {
        HEARTH_TRY_ASSIGN(const GgufArchitecture architecture,
                          ggufArchitectureOf(decoder, checkpoint.path().string()));
        GgufPlan plan;
        plan.addKeys = [architecture, &decoder, &name = name](GgufWriter& writer) {
            addModelKeys(architecture, decoder, name, writer);
        };
        plan.jobs = ggufTensors(architecture, decoder, checkpoint);
        plan.vectors = ggufRopeFactors(decoder);
        plan.notes = ggufNotes(architecture, decoder);
        return plan;
    }
    template<typename Encoder>
    Result<GgufPlan> operator()(const Encoder& encoder) const {
        HEARTH_TRY(checkGgufEncoder(encoder, checkpoint.path().string()));
        GgufPlan plan;
        plan.addKeys = [&encoder, &name = name](GgufWriter& writer) {
            addModelKeys(encoder, name, writer);
        };
        plan.jobs = ggufTensors(encoder, checkpoint);
        plan.notes = ggufNotes(encoder);
        return plan;
    }
};

/// {architecture} in the keys.
struct GgufNameOf {
    std::string operator()(const DecoderSpec& decoder) const {
        const auto architecture = ggufArchitectureOf(decoder, {});
        return architecture ? std::string(architecture->name) : std::string();
    }
    template<typename Encoder>
    std::string operator()(const Encoder& encoder) const {
        return ggufNameOf(encoder);
    }
};

/// llama.cpp's numbers.
void addPooling(const PoolingSpec& pooling, const std::string& architecture, GgufWriter& writer) {
    constexpr std::pair<Pooling, std::uint32_t> kTypes[] = {
        {Pooling::Mean, 1}, {Pooling::Cls, 2}, {Pooling::Last, 3}};
    for (const auto& [type, number] : kTypes)
        if (pooling.pooling == type)
            writer.add(architecture + ".pooling_type", number);
}

Result<void> writeTensors(const Checkpoint& checkpoint, const GgufPlan& plan, GgufWriter& writer,
                          const ExportObserver& observer, const std::stop_token& stop) {
    HEARTH_TRY(writeVectors(writer, plan.vectors));
    std::vector<WeightRequest> requests;
    for (const GgufTensorJob& job : plan.jobs)
        requests.push_back(job.request);
    GgufSink sink(writer, plan.jobs, observer);
    const auto loaded = loadWeights(
        checkpoint, requests, sink,
        [&](const LoadProgress& progress) {
            if (observer.bytes)
                observer.bytes(progress.doneBytes, progress.totalBytes);
        },
        stop);
    if (sink.error()) {
        Error error = *sink.error();
        if (error.path.empty())
            error.path = checkpoint.path().string();
        return fail(std::move(error));
    }
    if (!loaded)
        return fail(loaded.error());
    return {};
}

Result<void> verifyFile(const fs::path& path) {
    HEARTH_TRY(GgufFile::open(path));
    return {};
}

} // namespace

Result<void> convertToGguf(const Checkpoint& checkpoint, const ConvertOptions& options,
                           const ExportObserver& observer, const std::stop_token& stop) {
    if (checkpoint.isSynthetic())
        return fileFailure(ErrorCode::Unsupported, checkpoint.path().string(), "model",
                           "a synthetic model has no weights to convert");
    std::error_code failed;
    if (fs::equivalent(checkpoint.path(), options.destination, failed) && !failed)
        return fileFailure(ErrorCode::InvalidArgument, options.destination.string(), "dst-path",
                           "is the model that is to be converted");
    HEARTH_TRY_ASSIGN(const ModelSpec spec, describeAnyModel(checkpoint));
    HEARTH_TRY_ASSIGN(const PoolingSpec pooling, readPooling(checkpoint));
    HEARTH_TRY_ASSIGN(GgufPlan plan, std::visit(PlanOf{checkpoint, options.modelName}, spec));
    HEARTH_TRY(chooseTypes(plan.jobs, checkpoint, options.outType));
    if (pooling.normalise || pooling.maxTokens)
        plan.notes.push_back("a GGUF file does not say whether vectors are normalised, nor where "
                             "longer texts are cut");
    if (observer.note)
        for (const std::string& note : plan.notes)
            observer.note(note);

    HEARTH_TRY_ASSIGN(
        PartialTarget target,
        PartialTarget::create(options.destination, PartialTarget::Kind::File, mayReplaceFile));
    HEARTH_TRY_ASSIGN(GgufWriter writer, GgufWriter::create(target.path()));
    plan.addKeys(writer);
    addPooling(pooling, std::visit(GgufNameOf{}, spec), writer);
    writer.add("general.file_type", fileType(plan.jobs));
    if (const std::string license = licenseOf(checkpoint); !license.empty())
        writer.add("general.license", std::string_view(license));
    HEARTH_TRY(addVocabulary(options.tokenizer, sizesOf(spec), writer));
    for (const GgufVector& vector : plan.vectors)
        writer.addTensor({vector.name,
                          {static_cast<std::int64_t>(vector.numbers.size())},
                          kernels::DType::F32});
    for (const GgufTensorJob& job : plan.jobs)
        writer.addTensor({job.request.name, job.dims, job.type});
    HEARTH_TRY(checkSpace(options.destination, writer));
    HEARTH_TRY(writer.writeHeader());
    HEARTH_TRY(writeTensors(checkpoint, plan, writer, observer, stop));
    HEARTH_TRY(writer.finish());
    HEARTH_TRY(verifyFile(target.path()));
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    return target.commit();
}

} // namespace hearth
