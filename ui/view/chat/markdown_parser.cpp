#include "view/chat/markdown_parser.h"

#include "view/chat/highlighter.h"
#include "view/chat/markdown_builder.h"
#include "view/chat/math_scan.h"

#include <QUrl>

#include <md4c.h>

namespace hearth::ui {
namespace {

MD_PARSER makeParser() {
    MD_PARSER parser{};
    parser.flags = MD_FLAG_NOHTML | MD_FLAG_TABLES | MD_FLAG_STRIKETHROUGH | MD_FLAG_TASKLISTS |
                   MD_FLAG_NOINDENTEDCODEBLOCKS | MD_FLAG_PERMISSIVEURLAUTOLINKS;
    parser.enter_block = [](MD_BLOCKTYPE type, void* detail, void* builder) {
        return static_cast<MarkdownBuilder*>(builder)->enterBlock(type, detail);
    };
    parser.leave_block = [](MD_BLOCKTYPE type, void*, void* builder) {
        return static_cast<MarkdownBuilder*>(builder)->leaveBlock(type);
    };
    parser.enter_span = [](MD_SPANTYPE type, void* detail, void* builder) {
        return static_cast<MarkdownBuilder*>(builder)->enterSpan(type, detail);
    };
    parser.leave_span = [](MD_SPANTYPE type, void*, void* builder) {
        return static_cast<MarkdownBuilder*>(builder)->leaveSpan(type);
    };
    parser.text = [](MD_TEXTTYPE type, const MD_CHAR* characters, MD_SIZE size, void* builder) {
        return static_cast<MarkdownBuilder*>(builder)->text(type, characters, size);
    };
    return parser;
}

} // namespace

bool isSafeLink(const QString& url) {
    const QUrl parsed(url, QUrl::StrictMode);
    const QString scheme = parsed.scheme();
    return parsed.isValid() &&
           (scheme == QLatin1String("http") || scheme == QLatin1String("https") ||
            scheme == QLatin1String("mailto"));
}

void parseMarkdown(QStringView source, bool thinking, BlockList& blocks) {
    static const MD_PARSER parser = makeParser();
    const MathScan math(source);
    const QByteArray bytes = math.text().toUtf8();
    MarkdownBuilder builder(thinking, math, blocks);
    md_parse(bytes.constData(), static_cast<MD_SIZE>(bytes.size()), &parser, &builder);
}

void appendCode(const Block& model, const QString& code, BlockList& blocks) {
    const Language* language = findLanguage(model.language);
    const QStringList lines = code.split(u'\n');
    Block segment = model;
    segment.codeState = kHighlightStart;
    int state = kHighlightStart;
    int count = 0;
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString& line = lines.at(i);
        if (count == kCodeSegmentLines ||
            (count > 0 && segment.text.size() + line.size() > kCodeSegmentCharacters)) {
            segment.continued = true;
            blocks.push_back(segment);
            segment.continued = false;
            segment.continues = true;
            segment.marker.clear();
            segment.text.clear();
            segment.codeState = state;
            count = 0;
        }
        if (count > 0)
            segment.text += u'\n';
        segment.text += line;
        state = highlightLine(language, line, state, nullptr);
        ++count;
    }
    blocks.push_back(std::move(segment));
}

} // namespace hearth::ui
