#pragma once

#include "state/chat_records.h"

#include <QList>
#include <QWidget>

#include <utility>

namespace hearth::ui {

class Label;
struct ReplyFacts {
    ReplyFigures figures;
    QString device; ///< Empty: not known any more.
};

/// How a reply came about, a figure a line.
class ReplyPanel : public QWidget {
    Q_OBJECT

public:
    explicit ReplyPanel(QWidget* parent = nullptr);

    void show(const ReplyFacts& facts);

private:
    enum Figure { Speed, FirstToken, Tokens, Prompt, Cached, Forgotten, Reason, Model, Device,
                  kFigureCount };
    void set(Figure figure, const QString& text);

    struct Row {
        QWidget* widget;
        Label* value;
    };
    Row m_rows[kFigureCount];
};

} // namespace hearth::ui
