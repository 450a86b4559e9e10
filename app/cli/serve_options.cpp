#include "cli/serve_options.h"

#include "cli/console.h"
#include "cli/ranges.h"

#include <algorithm>
#include <cctype>
#include <cstdlib>

namespace hearth::cli {

namespace {

/// As many values as the flag is given, commas part them: what follows may be a MODEL.
void addList(CLI::App& command, const char* name, std::vector<std::string>& values,
             const char* text) {
    command.add_option(name, values, text)
        ->delimiter(',')
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

void addSeconds(CLI::App& command, const char* name, std::chrono::seconds& value,
                const char* text) {
    command
        .add_option_function<std::int64_t>(
            name, [&value](std::int64_t seconds) { value = std::chrono::seconds(seconds); }, text)
        ->check(between(std::int64_t{0}, std::int64_t{86400}))
        ->type_name("SECONDS");
}

} // namespace

ApiKey parseApiKey(const std::string& text, std::size_t number) {
    const std::size_t equals = text.find('=');
    // A secret in base64 ends with '=' and has no name.
    if (equals != std::string::npos && equals > 0 &&
        text.find_first_not_of('=', equals) != std::string::npos &&
        std::all_of(text.begin(), text.begin() + std::ptrdiff_t(equals), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-' || c == '_' || c == '.';
        }))
        return {text.substr(0, equals), text.substr(equals + 1)};
    return {"key-" + std::to_string(number), text};
}

void ServeOptions::addAccess(CLI::App& command) {
    command.add_option("--server-name", server.address, "Address to listen at; 0.0.0.0: all")
        ->capture_default_str();
    command.add_option("--server-port", server.port, "Port; 0: a free one")
        ->check(between(0, 65535))
        ->capture_default_str();
    command
        .add_option("--api-key,--api-keys", m_keys,
                    "A key that clients must show: SECRET or NAME=SECRET; may be repeated. Also "
                    "taken from HEARTH_API_KEY")
        ->allow_extra_args(false)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    addList(command, "--allow-origins", server.allowedOrigins,
            "Web pages that may use the server, as https://host:port; *: any");
    addList(command, "--allow-hosts", server.allowedHosts,
            "More names by which clients may reach the server; *: any");
    CLI::Option* certificate = command.add_option("--ssl-certfile", server.certificateFile,
                                                  "Certificate chain in PEM, for https");
    CLI::Option* key = command.add_option("--ssl-keyfile", server.keyFile, "Its key in PEM");
    certificate->needs(key);
    key->needs(certificate);
}

void ServeOptions::addLimits(CLI::App& command) {
    ServerLimits& limits = server.limits;
    command.add_option("--max-connections", limits.connections, "Connections at once")
        ->check(between(1, 100000));
    command
        .add_option("--max-requests", limits.requests,
                    "Requests that generate or wait at once; more get 429")
        ->check(between(1, 100000));
    command.add_option("--max-body-bytes", limits.bodyBytes, "Size of a request")
        ->check(between(std::int64_t{1024}, std::int64_t{1} << 30));
    command
        .add_option("--max-all-bodies-bytes", limits.allBodiesBytes,
                    "Size of all requests that are read or answered at once; more get 503")
        ->check(between(std::int64_t{1024}, std::int64_t{1} << 40))
        ->capture_default_str();
    command
        .add_option("--requests-per-minute", limits.requestsPerMinute,
                    "Requests that generate, of each key, or without keys of each address; 0: no "
                    "limit")
        ->check(between(0, 1000000));
    addSeconds(command, "--request-time", limits.requestTime,
               "Limit of a whole request; 0: none");
    addSeconds(command, "--stall-time", limits.stallTime,
               "A client that reads nothing for so long is cut off");
    command
        .add_option("--drain-time", drainSeconds,
                    "Seconds that running requests get when the server is told to stop "
                    "(default 30)")
        ->check(between(0, 86400));
    command
        .add_option("--instance-num", m_instances,
                    "Sequences that run at once, in LMDeploy's spelling")
        ->check(between(1, 4096));
    command
        .add_option("--idle-time", idleSeconds,
                    "Seconds after which an unused model is unloaded; 0: never. 300 without "
                    "MODEL, else 0")
        ->check(between(0, 86400 * 7))
        ->type_name("SECONDS");
}

void ServeOptions::addTo(CLI::App& command) {
    command.add_option("models", models,
                       "[api_server] MODEL…; without one every model of the library is loaded "
                       "when it is asked for");
    addAccess(command);
    addLimits(command);
    command.add_option("--access-log", server.accessLogFile,
                       "File that gets a line of JSON for each request");
    command.add_option("--trace-endpoint", server.traceEndpoint,
                       "OTLP/HTTP collector of traces, as http://host:4318");
    model.addTo(command);
}

void ServeOptions::complete() {
    if (!models.empty() && models.front() == "api_server")
        models.erase(models.begin());
    if (const char* secret = std::getenv("HEARTH_API_KEY"); secret != nullptr && *secret != '\0')
        m_keys.emplace_back(secret);
    for (const std::string& key : m_keys)
        server.keys.push_back(parseApiKey(key, server.keys.size() + 1));
    if (m_instances > 0 && model.load.maxBatchSize == 0)
        model.load.maxBatchSize = m_instances;
}

} // namespace hearth::cli
