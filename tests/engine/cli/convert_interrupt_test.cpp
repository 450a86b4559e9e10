#include "support/make_safetensors.h"
#include "support/temporary_folder.h"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <string>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace hearth;
using namespace hearth::test;

namespace {

constexpr int kLayers = 100;
constexpr int kPipeBytes = 4096; // far less than the program prints

std::string zeros(std::int64_t numbers) {
    return std::string(std::size_t(numbers) * 2, '\0');
}

/// A llama of many layers, each of which is printed.
void writeModel(const TemporaryFolder& folder) {
    SafetensorsBuilder builder;
    const auto add = [&](const std::string& name, std::vector<std::int64_t> shape) {
        std::int64_t numbers = 1;
        for (const std::int64_t size : shape)
            numbers *= size;
        builder.tensor(name, "BF16", shape, zeros(numbers));
    };
    add("model.embed_tokens.weight", {64, 32});
    add("model.norm.weight", {32});
    for (int layer = 0; layer < kLayers; ++layer) {
        const std::string prefix = "model.layers." + std::to_string(layer) + ".";
        for (const char* name : {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj",
                                 "self_attn.o_proj", "mlp.gate_proj", "mlp.up_proj",
                                 "mlp.down_proj"})
            add(prefix + name + ".weight", {32, 32});
        add(prefix + "input_layernorm.weight", {32});
        add(prefix + "post_attention_layernorm.weight", {32});
    }
    folder.write("model/model.safetensors", builder.build());
    folder.write("model/config.json",
                 R"({"model_type": "llama", "hidden_size": 32, "intermediate_size": 32,
                     "num_attention_heads": 4, "max_position_embeddings": 64, "vocab_size": 64,
                     "rms_norm_eps": 1e-5, "tie_word_embeddings": true, "num_hidden_layers": )" +
                     std::to_string(kLayers) + "}");
}

/// The program with its output in a pipe that is full before it is through.
class Conversion {
public:
    Conversion(const std::filesystem::path& model, const std::filesystem::path& target,
               const std::string& to) {
        std::array<int, 2> pipe{};
        EXPECT_EQ(::pipe2(pipe.data(), O_CLOEXEC), 0);
        EXPECT_EQ(::fcntl(pipe[1], F_SETPIPE_SZ, kPipeBytes), kPipeBytes);
        m_output = pipe[0];
        m_process = ::fork();
        if (m_process == 0) {
            ::dup2(pipe[1], STDOUT_FILENO);
            ::execl(HEARTH_PROGRAM, HEARTH_PROGRAM, "convert", "base", model.c_str(), "--to",
                    to.c_str(), "--dst-path", target.c_str(), nullptr);
            ::_exit(127);
        }
        ::close(pipe[1]);
    }
    ~Conversion() { ::close(m_output); }
    Conversion(const Conversion&) = delete;
    Conversion& operator=(const Conversion&) = delete;

    /// Waits until it is in the midst of the weights.
    [[nodiscard]] bool isWriting() const {
        for (int waited = 0; waited < 2000; ++waited) {
            int bytes = 0;
            if (::ioctl(m_output, FIONREAD, &bytes) == 0 && bytes > kPipeBytes / 2)
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
        return false;
    }
    /// Its status, after a signal.
    [[nodiscard]] int end(int signal) const {
        ::kill(m_process, signal);
        std::array<char, kPipeBytes> some{};
        while (::read(m_output, some.data(), some.size()) > 0) {
        }
        int status = 0;
        ::waitpid(m_process, &status, 0);
        return status;
    }

private:
    int m_output = -1;
    pid_t m_process = -1;
};

} // namespace

TEST(ConvertInterrupt, LeavesNothing) {
    for (const int signal : {SIGINT, SIGTERM}) {
        for (const char* to : {"workspace", "gguf"}) {
            const TemporaryFolder folder;
            writeModel(folder);
            std::filesystem::create_directory(folder.path() / "out");
            const Conversion conversion(folder.path() / "model", folder.path() / "out" / "made",
                                        to);
            ASSERT_TRUE(conversion.isWriting());
            EXPECT_FALSE(std::filesystem::is_empty(folder.path() / "out"));
            const int status = conversion.end(signal);
            EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << status;
            EXPECT_TRUE(std::filesystem::is_empty(folder.path() / "out")) << to;
        }
    }
}
