#pragma once

#include <QList>
#include <QString>

namespace hearth::ui {

/// Stands in a text where the key belongs.
inline constexpr QLatin1String kKeyPlace("YOUR-KEY");

/// What another program is told so that it uses the window's server.
struct ConnectSnippet {
    QString program;
    QString hint; ///< Where the text goes, a sentence.
    QString text;
};

struct ConnectFacts {
    QString url; ///< Of the server, without "/v1".
    QString model;
    QString key; ///< What stands for the key; empty: none is needed.
};

[[nodiscard]] QList<ConnectSnippet> connectSnippets(const ConnectFacts& facts);

} // namespace hearth::ui
