#include "convert/gguf_export.h"

#include "convert/gguf_architecture.h"
#include "convert/gguf_notes.h"
#include "convert/gguf_sink.h"
#include "convert/gguf_tensors.h"
#include "convert/gguf_vocabulary.h"
#include "convert/gguf_writer.h"
#include "convert/partial_target.h"
#include "formats/format_error.h"
#include "formats/model_card.h"
#include "models/architecture.h"
#include "models/weight_loader.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <system_error>
#include <utility>

namespace hearth {

namespace {

namespace fs = std::filesystem;

bool mayReplace(const fs::path& path) {
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
        return job.request.name.ends_with("attn_output.weight");
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

Result<void> verify(const fs::path& path) {
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
    HEARTH_TRY_ASSIGN(const DecoderSpec decoder, describeModel(checkpoint));
    HEARTH_TRY_ASSIGN(const GgufArchitecture architecture,
                      ggufArchitectureOf(decoder, checkpoint.path().string()));
    HEARTH_TRY_ASSIGN(const std::vector<GgufTensorJob> jobs,
                      ggufTensors(architecture, decoder, checkpoint, options.outType));
    const std::vector<GgufVector> vectors = ggufRopeFactors(decoder);
    if (observer.note)
        for (const std::string& note : ggufNotes(architecture, decoder))
            observer.note(note);

    HEARTH_TRY_ASSIGN(PartialTarget target,
                      PartialTarget::create(options.destination, PartialTarget::Kind::File,
                                            mayReplace));
    HEARTH_TRY_ASSIGN(GgufWriter writer, GgufWriter::create(target.path()));
    addModelKeys(architecture, decoder, options.modelName, writer);
    writer.add("general.file_type", fileType(jobs));
    if (const std::string license = licenseOf(checkpoint); !license.empty())
        writer.add("general.license", std::string_view(license));
    HEARTH_TRY(addVocabulary(options.tokenizer, decoder, writer));
    std::vector<WeightRequest> requests;
    for (const GgufVector& vector : vectors)
        writer.addTensor({vector.name,
                          {static_cast<std::int64_t>(vector.numbers.size())},
                          kernels::DType::F32});
    for (const GgufTensorJob& job : jobs) {
        writer.addTensor({job.request.name, job.dims, job.type});
        requests.push_back(job.request);
    }
    HEARTH_TRY(checkSpace(options.destination, writer));
    HEARTH_TRY(writer.writeHeader());
    HEARTH_TRY(writeVectors(writer, vectors));
    GgufSink sink(writer, jobs, observer);
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
    HEARTH_TRY(writer.finish());
    HEARTH_TRY(verify(target.path()));
    if (stop.stop_requested())
        return fail(ErrorCode::Cancelled);
    return target.commit();
}

} // namespace hearth
