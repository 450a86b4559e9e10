#include "convert/gguf_export.h"
#include "convert/output_file.h"
#include "engine/convert/convert_support.h"

#include <nlohmann/json.hpp>

#include <csignal>
#include <functional>
#include <sys/resource.h>

using namespace hearth;
using namespace hearth::test;

namespace fs = std::filesystem;

namespace {

/// Files may not become larger, as on a disk that fills.
class FileLimit {
public:
    explicit FileLimit(rlim_t bytes) {
        m_handler = std::signal(SIGXFSZ, SIG_IGN);
        getrlimit(RLIMIT_FSIZE, &m_before);
        const rlimit limit{bytes, m_before.rlim_max};
        setrlimit(RLIMIT_FSIZE, &limit);
    }
    ~FileLimit() {
        setrlimit(RLIMIT_FSIZE, &m_before);
        std::signal(SIGXFSZ, m_handler);
    }

private:
    rlimit m_before{};
    void (*m_handler)(int) = nullptr;
};

/// A model's copy that a test may damage.
fs::path copyOf(const char* fixture, const TemporaryFolder& folder) {
    const fs::path model = folder.path() / "model";
    fs::create_directory(model);
    for (const char* file : {"config.json", "model.safetensors"})
        fs::copy_file(fs::path(fixturePath(fixture)) / file, model / file);
    return model;
}

/// What is in a folder besides `kept`.
int othersIn(const fs::path& folder, const std::string& kept) {
    int count = 0;
    for (const auto& entry : fs::directory_iterator(folder))
        count += entry.path().filename() == kept ? 0 : 1;
    return count;
}

/// The error of opening a workspace whose index was changed.
Error withIndex(const std::function<void(nlohmann::json&)>& change, const char* fixture = "llama") {
    const TemporaryFolder folder;
    EXPECT_TRUE(convertToWorkspace(openModel(fixturePath(fixture)),
                                   optionsFor(folder.path() / "w", 2), {}, {}));
    auto json = nlohmann::json::parse(readFile(folder.path() / "w" / "workspace.json"));
    change(json);
    folder.write("w/workspace.json", json.dump());
    const auto opened = Checkpoint::open(folder.path() / "w");
    if (!opened)
        return opened.error();
    const auto spec = describeAnyModel(*opened);
    if (!spec)
        return spec.error();
    const auto program = programOf(*spec, *opened, {});
    const auto checked = checkWeights(*opened, program.weights);
    EXPECT_FALSE(checked);
    return checked ? Error{} : checked.error();
}

nlohmann::json& entry(nlohmann::json& json, const std::string& name) {
    for (nlohmann::json& each : json["weights"]["entries"])
        if (each["name"] == name)
            return each;
    throw std::out_of_range(name);
}

} // namespace

TEST(ConvertFaults, fault_092_a_foreign_folder_is_left_alone) {
    const TemporaryFolder folder;
    folder.write("mine/letter.txt", "dear");
    folder.write("file", "text");
    const Checkpoint model = openModel(fixturePath("llama"));
    for (const char* name : {"mine", "file"}) {
        const auto workspace = convertToWorkspace(model, optionsFor(folder.path() / name), {}, {});
        ASSERT_FALSE(workspace);
        EXPECT_EQ(workspace.error().code, ErrorCode::InvalidArgument);
        const auto gguf = convertToGguf(model, optionsFor(folder.path() / name), {}, {});
        ASSERT_FALSE(gguf);
        EXPECT_EQ(gguf.error().code, ErrorCode::InvalidArgument);
    }
    EXPECT_EQ(readFile(folder.path() / "mine" / "letter.txt"), "dear");
    EXPECT_EQ(readFile(folder.path() / "file"), "text");
    EXPECT_EQ(othersIn(folder.path(), "mine"), 1);
    EXPECT_FALSE(convertToWorkspace(model, optionsFor(folder.path() / "no" / "such"), {}, {}));
}

TEST(ConvertFaults, fault_092_cancel_leaves_what_was_there) {
    const TemporaryFolder folder;
    const Checkpoint model = openModel(fixturePath("llama"));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(folder.path() / "w"), {}, {}));
    const std::string before = readFile(folder.path() / "w" / "workspace.json");
    for (const bool toGguf : {false, true}) {
        std::stop_source stop;
        int steps = 0;
        const auto bytes = [&](std::uint64_t, std::uint64_t) {
            if (++steps == 5)
                stop.request_stop();
        };
        const auto converted =
            toGguf ? convertToGguf(model, optionsFor(folder.path() / "m.gguf"), {{}, bytes},
                                   stop.get_token())
                   : convertToWorkspace(model, optionsFor(folder.path() / "w"), {{}, bytes},
                                        stop.get_token());
        ASSERT_FALSE(converted);
        EXPECT_EQ(converted.error().code, ErrorCode::Cancelled);
        EXPECT_EQ(steps, 5);
    }
    EXPECT_EQ(othersIn(folder.path(), "w"), 0);
    EXPECT_EQ(readFile(folder.path() / "w" / "workspace.json"), before);
}

TEST(ConvertFaults, fault_092_a_disk_that_fills_leaves_nothing) {
    const TemporaryFolder folder;
    const Checkpoint model = openModel(fixturePath("llama"));
    const std::uint64_t bytes = model.fileBytes();
    for (const rlim_t limit : {rlim_t{100}, rlim_t{bytes / 2}, rlim_t{bytes - 1000}}) {
        const FileLimit full(limit);
        EXPECT_FALSE(convertToWorkspace(model, optionsFor(folder.path() / "w"), {}, {}));
        EXPECT_FALSE(convertToGguf(model, optionsFor(folder.path() / "m.gguf"), {}, {}));
        EXPECT_TRUE(fs::is_empty(folder.path())) << limit;
    }
}

TEST(ConvertFaults, fault_068_no_space_is_named) {
    auto file = OutputFile::create("/dev/full");
    ASSERT_TRUE(file) << file.error().message();
    ASSERT_TRUE(file->write("text"));
    const auto closed = file->close();
    ASSERT_FALSE(closed);
    EXPECT_EQ(closed.error().code, ErrorCode::NoSpace);
    EXPECT_EQ(closed.error().path, "/dev/full");
}

TEST(ConvertFaults, fault_018_a_source_cut_off_half_way_leaves_nothing) {
    const TemporaryFolder folder;
    const fs::path model = copyOf("llama", folder);
    for (const bool toGguf : {false, true}) {
        fs::copy_file(fs::path(fixturePath("llama")) / "model.safetensors",
                      model / "model.safetensors", fs::copy_options::overwrite_existing);
        const Checkpoint checkpoint = openModel(model);
        fs::resize_file(model / "model.safetensors", 8192);
        const auto converted =
            toGguf ? convertToGguf(checkpoint, optionsFor(folder.path() / "m.gguf"), {}, {})
                   : convertToWorkspace(checkpoint, optionsFor(folder.path() / "w"), {}, {});
        ASSERT_FALSE(converted);
        EXPECT_EQ(converted.error().code, ErrorCode::Corrupt);
    }
    EXPECT_EQ(othersIn(folder.path(), "model"), 0);
}

TEST(ConvertFaults, fault_094_the_model_itself_is_no_target) {
    const TemporaryFolder folder;
    const Checkpoint model = openModel(fixturePath("llama"));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(folder.path() / "w"), {}, {}));
    ASSERT_TRUE(convertToGguf(model, optionsFor(folder.path() / "m.gguf"), {}, {}));
    EXPECT_FALSE(convertToWorkspace(openModel(folder.path() / "w"),
                                    optionsFor(folder.path() / "w" / ""), {}, {}));
    EXPECT_FALSE(convertToGguf(openModel(folder.path() / "m.gguf"),
                               optionsFor(folder.path() / "m.gguf"), {}, {}));
    openModel(folder.path() / "w");
    openModel(folder.path() / "m.gguf");
}

TEST(ConvertFaults, fault_092_what_a_killed_conversion_left_is_replaced) {
    const TemporaryFolder folder;
    folder.write("w.partial/weights.bin", "half");
    const Checkpoint model = openModel(fixturePath("llama"));
    ASSERT_TRUE(convertToWorkspace(model, optionsFor(folder.path() / "w"), {}, {}));
    EXPECT_EQ(othersIn(folder.path(), "w"), 0);
}

TEST(WorkspaceFaults, fault_005_segments_lie_inside_of_the_file) {
    const std::string name = "layers.0.qkv.weight";
    const auto segment = [&](const char* key, const nlohmann::json& value) {
        return withIndex([&](auto& json) { entry(json, name)["segments"][0][key] = value; });
    };
    for (const char* key : {"offset", "bytes", "rows", "columns", "panels"})
        for (const nlohmann::json& value :
             {nlohmann::json(-1), nlohmann::json(std::uint64_t{1} << 63U), nlohmann::json("x"),
              nlohmann::json(1e300), nlohmann::json(std::uint64_t{1} << 39U),
              nlohmann::json(nullptr)}) {
            const Error error = segment(key, value);
            EXPECT_EQ(error.code, ErrorCode::Corrupt) << key << " " << value;
            EXPECT_EQ(error.field, name) << key << " " << value;
        }
    EXPECT_EQ(segment("offset", 64).code, ErrorCode::Corrupt);
    EXPECT_EQ(segment("type", "Q9_Z").code, ErrorCode::Unsupported);
    EXPECT_EQ(segment("type", "Q4_K").code, ErrorCode::Corrupt);
    EXPECT_EQ(segment("groups", nlohmann::json::object()).code, ErrorCode::Corrupt);
}

TEST(WorkspaceFaults, fault_012_weights_that_are_missing_are_named) {
    const Error gone = withIndex([](auto& json) {
        entry(json, "layers.0.qkv.weight")["sources"][0][0] = "elsewhere";
    });
    EXPECT_EQ(gone.code, ErrorCode::NotFound);
    EXPECT_EQ(gone.field, "model.layers.0.self_attn.q_proj.weight");
    const Error fewer = withIndex([](auto& json) {
        auto& rows = entry(json, "layers.0.qkv.weight")["sources"][0][2];
        rows = rows.template get<int>() - 1;
    });
    EXPECT_EQ(fewer.code, ErrorCode::Corrupt);
    const Error heads = withIndex([](auto& json) { json["decoder"]["heads"] = 1 << 30; });
    EXPECT_EQ(heads.code, ErrorCode::Corrupt);
    const Error empty = withIndex([](auto& json) { json["weights"]["entries"].clear(); });
    EXPECT_EQ(empty.code, ErrorCode::NotFound);
}

TEST(WorkspaceFaults, fault_012_encoders_name_what_is_missing) {
    const Error gone = withIndex(
        [](auto& json) { entry(json, "layers.0.qkv.weight")["sources"][0][0] = "elsewhere"; },
        "bert");
    EXPECT_EQ(gone.code, ErrorCode::NotFound);
    EXPECT_EQ(gone.field, "encoder.layer.0.attention.self.query.weight");
    // A table that numbers are picked of.
    const std::string bias = "encoder.layers.0.relative_bias";
    EXPECT_EQ(withIndex([&](auto& json) { entry(json, bias)["sources"][0][2] = 31; }, "t5").code,
              ErrorCode::Corrupt);
    EXPECT_EQ(withIndex([](auto& json) { json["encoder_decoder"]["heads"] = 8; }, "t5").code,
              ErrorCode::NotFound);
    EXPECT_EQ(
        withIndex([](auto& json) { json["encoder_decoder"]["head_scale"] = 1e300; }, "t5").code,
        ErrorCode::Corrupt);
    EXPECT_EQ(withIndex([](auto& json) { json["encoder"]["first_position"] = -5; }, "bert").code,
              ErrorCode::Corrupt);
    // A spec of another kind than its architecture.
    const Error other = withIndex(
        [](auto& json) {
            json["decoder"] = json["encoder"];
            json.erase("encoder");
        },
        "bert");
    EXPECT_EQ(other.code, ErrorCode::Corrupt);
    EXPECT_EQ(other.field, "encoder");
}

TEST(WorkspaceFaults, fault_003_cut_files_are_named) {
    const TemporaryFolder folder;
    ASSERT_TRUE(convertToWorkspace(openModel(fixturePath("llama")),
                                   optionsFor(folder.path() / "w"), {}, {}));
    fs::resize_file(folder.path() / "w" / "weights.bin", 4096);
    auto opened = Checkpoint::open(folder.path() / "w");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
    EXPECT_TRUE(opened.error().path.ends_with("weights.bin"));
    fs::remove(folder.path() / "w" / "weights.bin");
    EXPECT_EQ(Checkpoint::open(folder.path() / "w").error().code, ErrorCode::NotFound);
    fs::resize_file(folder.path() / "w" / "workspace.json", 100);
    opened = Checkpoint::open(folder.path() / "w");
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, ErrorCode::Corrupt);
}
