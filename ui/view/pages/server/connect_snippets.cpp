#include "view/pages/server/connect_snippets.h"

#include <QCoreApplication>

namespace hearth::ui {

namespace {

struct Texts {
    Q_DECLARE_TR_FUNCTIONS(hearth::ui::ConnectSnippets)
};

constexpr char kOpenAi[] = R"(from openai import OpenAI

client = OpenAI(
    base_url="@URL@/v1",
    api_key="@KEY@",
)
reply = client.chat.completions.create(
    model="@MODEL@",
    messages=[{"role": "user", "content": "Hello"}],
)
print(reply.choices[0].message.content))";

constexpr char kCurl[] = R"(curl @URL@/v1/chat/completions \
  -H "Authorization: Bearer @KEY@" \
  -H "Content-Type: application/json" \
  -d '{
    "model": "@MODEL@",
    "messages": [{"role": "user", "content": "Hello"}]
  }')";

constexpr char kCline[] = R"(API Provider: OpenAI Compatible
Base URL:     @URL@/v1
API Key:      @KEY@
Model ID:     @MODEL@)";

constexpr char kContinue[] = R"(models:
  - name: Hearth
    provider: openai
    model: @MODEL@
    apiBase: @URL@/v1
    apiKey: @KEY@
    roles: [chat, edit, apply])";

constexpr char kOpenWebUi[] = R"(OPENAI_API_BASE_URL=@URL@/v1
OPENAI_API_KEY=@KEY@)";

constexpr char kAider[] = R"(export OPENAI_API_BASE=@URL@/v1
export OPENAI_API_KEY=@KEY@
aider --model openai/@MODEL@)";

constexpr char kOllama[] = "@URL@";

QString filled(const char* text, const ConnectFacts& facts, const QString& key) {
    QString model = facts.model.isEmpty() ? QStringLiteral("MODEL") : facts.model;
    // Names of models stand within quotes in code.
    model.remove(QLatin1Char('"')).remove(QLatin1Char('\'')).remove(QLatin1Char('\\'));
    // The model last: what its name holds stays as it is.
    return QString::fromUtf8(text)
        .replace(QLatin1String("@URL@"), facts.url)
        .replace(QLatin1String("@KEY@"), key)
        .replace(QLatin1String("@MODEL@"), model);
}

} // namespace

QList<ConnectSnippet> connectSnippets(const ConnectFacts& facts) {
    // Without keys any text will do, but many programs want one.
    const QString key = facts.key.isEmpty() ? QStringLiteral("hearth") : facts.key;
    const auto text = [&](const char* snippet) { return filled(snippet, facts, key); };
    return {
        {QStringLiteral("OpenAI SDK"), Texts::tr("Python, with OpenAI's own package."),
         text(kOpenAi)},
        {QStringLiteral("curl"), Texts::tr("A line for a terminal."), text(kCurl)},
        {QStringLiteral("Cline"), Texts::tr("In Cline's settings, under API Configuration."),
         text(kCline)},
        {QStringLiteral("Continue"), Texts::tr("In the file ~/.continue/config.yaml."),
         text(kContinue)},
        {QStringLiteral("Open WebUI"),
         Texts::tr("As variables of its start, or in its settings under Connections."),
         text(kOpenWebUi)},
        {QStringLiteral("aider"), Texts::tr("In the terminal where aider runs."), text(kAider)},
        {QStringLiteral("Ollama"),
         Texts::tr("For programs that know only Ollama: put this where they ask for its address."),
         text(kOllama)},
    };
}

} // namespace hearth::ui
