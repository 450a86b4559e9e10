#include "state/chat_titles.h"

#include "state/chat_prompt.h"
#include "state/chat_session.h"
#include "state/chat_words.h"

#include <QRegularExpression>
#include <QSet>

namespace hearth::ui {

namespace {

constexpr int kTitleTokens = 24;
constexpr int kMostTitleCharacters = 60;
constexpr int kQuestionCharacters = 600;
constexpr int kReplyCharacters = 300;
/// A model that has found none by then will not.
constexpr int kMessagesWithoutTitle = 6;
constexpr char kInstruction[] = "Give a title of at most six words to this conversation, in its "
                                "own language. Write only the title.\n\n";

/// What models say when they don't answer, and words of our own instruction.
bool looksLikeTalk(const QString& title) {
    static const QRegularExpression kTalk(
        QStringLiteral("^(i'm|i’m|i am|i can|i cannot|i don|sorry|as an ai|sure|here is|here's|"
                       "here’s|certainly|of course|okay|the name of|the topic of|this conversation|"
                       "对不起|抱歉|我无法|我不能|当然|好的|以下是)"
                       "|(at most six words|own language|only the title)"),
        QRegularExpression::CaseInsensitiveOption);
    return kTalk.match(title).hasMatch();
}

QString withoutDecoration(QString line) {
    static const QRegularExpression kLabel(
        QStringLiteral("^\\W*(title|topic|name|conversation|标题|主题)\\W*[:：]\\s*"),
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::UseUnicodePropertiesOption);
    static const QRegularExpression kEnds(
        QStringLiteral("^[\\s#*_`\"'“”‘’「」『』《》\\-–—•]+|[\\s*_`\"'“”‘’「」『』《》.。:：]+$"));
    return line.remove(kLabel).remove(kEnds);
}

/// Words of four letters and more, and pairs of characters that stand alone.
QSet<QString> tellingWords(const QString& text) {
    static const QRegularExpression kBlank(QStringLiteral("[^\\p{L}\\p{N}]+"),
                                           QRegularExpression::UseUnicodePropertiesOption);
    static const QSet<QString> kCommon{
        QStringLiteral("the"),  QStringLiteral("and"),  QStringLiteral("for"),
        QStringLiteral("with"), QStringLiteral("what"), QStringLiteral("how"),
        QStringLiteral("why"),  QStringLiteral("who"),  QStringLiteral("you"),
        QStringLiteral("are"),  QStringLiteral("can"),  QStringLiteral("this"),
        QStringLiteral("that"), QStringLiteral("from"), QStringLiteral("your"),
        QStringLiteral("tell"), QStringLiteral("give"), QStringLiteral("write")};
    QSet<QString> words;
    QString before;
    for (const QString& word : spacedWords(text.toCaseFolded()).split(kBlank, Qt::SkipEmptyParts)) {
        const bool standsAlone = word.size() <= 2 && word[0].unicode() > 0x1100;
        if (standsAlone && !before.isEmpty())
            words.insert(before + word);
        before = standsAlone ? word : QString();
        // The beginning, so that "cats" and "cat" count as one.
        if ((word.size() >= 3 && !kCommon.contains(word)) || word[0].isDigit())
            words.insert(word.left(5));
    }
    return words;
}

} // namespace

QString titleFromAnswer(const QString& answer, const QString& question) {
    // 'A good title for this would be "…".'
    static const QRegularExpression kQuoted(
        QStringLiteral("\\b(?:title|标题)\\b.*?[\"“「《](.+?)[\"”」》]"),
        QRegularExpression::CaseInsensitiveOption | QRegularExpression::UseUnicodePropertiesOption);
    const QString line = plainLine(withoutThinking(answer).section(QLatin1Char('\n'), 0, 0));
    const QRegularExpressionMatch quoted = kQuoted.match(line);
    const QString title = withoutDecoration(quoted.hasMatch() ? quoted.captured(1) : line);
    if (title.isEmpty() || title.size() > kMostTitleCharacters || looksLikeTalk(title))
        return {};
    return tellingWords(title).intersects(tellingWords(question)) ? title : QString();
}

TitleMaker::TitleMaker(EngineBridge& bridge, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge) {
    connect(&bridge, &EngineBridge::textArrived, this,
            [this](quint64 ticket, const QString& text, int) {
                if (const auto asked = m_asked.find(ticket); asked != m_asked.end())
                    asked->answer += text;
            });
    connect(&bridge, &EngineBridge::finished, this, [this](quint64 ticket, FinishReason reason) {
        onEnded(ticket, reason != FinishReason::Cancelled);
    });
    connect(&bridge, &EngineBridge::failed, this,
            [this](quint64 ticket) { onEnded(ticket, false); });
}

TitleMaker::~TitleMaker() {
    withdrawAll();
}

void TitleMaker::setEnabled(bool enabled) {
    m_isEnabled = enabled;
    if (enabled)
        return;
    withdrawAll();
    m_waiting.clear();
}

void TitleMaker::setBusy(bool busy) {
    m_isBusy = busy;
    if (busy)
        withdrawAll();
    else
        askAll();
}

void TitleMaker::nameChat(const ChatSession& chat) {
    const int count = chat.count();
    if (!m_isEnabled || !m_bridge.engine() || count < 2 || count > kMessagesWithoutTitle)
        return;
    const MessageRecord& question = chat.message(0);
    const MessageRecord& reply = chat.message(count - 1);
    const bool wantsTitle = chat.record().titleIsOurs && reply.state == ReplyState::Complete &&
                            chat.record().title == titleFromMessage(question);
    if (!wantsTitle)
        return;
    const QString asked =
        withAttachments(question.attachments, question.text).left(kQuestionCharacters);
    const QString conversation =
        QLatin1String("User: ") + asked + QLatin1String("\nAssistant: ") +
        withoutThinking(chat.message(1).text).left(kReplyCharacters);
    m_waiting.insert(chat.record().id, {asked, conversation});
    if (!m_isBusy)
        askAll();
}

void TitleMaker::askAll() {
    const QHash<RecordId, Topic> waiting = std::exchange(m_waiting, {});
    for (auto chat = waiting.begin(); chat != waiting.end(); ++chat) {
        PromptBuilder builder{ChatSettings()};
        builder.addUser(QLatin1String(kInstruction) + chat->conversation + QLatin1String("\n\nTitle:"));
        Request request;
        request.prompt = builder.take().prompt;
        request.sampling.temperature = 0.2F;
        request.maxTokens = kTitleTokens;
        request.lane = Lane::Title;
        m_asked.insert(m_bridge.send(std::move(request)), {chat.key(), chat.value(), {}});
    }
}

void TitleMaker::withdrawAll() {
    const QHash<Ticket, Asked> asked = std::exchange(m_asked, {});
    for (auto request = asked.begin(); request != asked.end(); ++request) {
        m_bridge.stop(request.key());
        m_waiting.insert(request->chat, request->topic);
    }
}

void TitleMaker::onEnded(quint64 ticket, bool isDone) {
    if (!m_asked.contains(ticket))
        return;
    const Asked asked = m_asked.take(ticket);
    const QString title = isDone ? titleFromAnswer(asked.answer, asked.topic.question) : QString();
    if (!title.isEmpty())
        emit named(asked.chat, title);
}

} // namespace hearth::ui
