#pragma once

#include <QList>
#include <QString>

namespace hearth::ui {

/// What another program is told so that it uses the window's server.
struct ConnectSnippet {
    QString program;
    QString hint; ///< Where the text goes, a sentence.
    QString text;
};

struct ConnectFacts {
    QString url; ///< Of the server, without "/v1".
    QString model;
    bool needsKey = false;
};

[[nodiscard]] QList<ConnectSnippet> connectSnippets(const ConnectFacts& facts);

} // namespace hearth::ui
