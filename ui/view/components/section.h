#pragma once

#include <QWidget>

class QVBoxLayout;

namespace hearth::ui {

/// A titled group that folds (the inspector). It does not store whether it is open: the owner does,
/// under the key that expandedChanged() brings back. Content goes into body().
class Section : public QWidget {
    Q_OBJECT

public:
    Section(const QString& title, const QString& key, QWidget* parent = nullptr);

    QVBoxLayout* body() const { return m_body; }
    QString key() const { return m_key; }
    void setTitle(const QString& title);
    /// A short muted text at the right of the title: what a folded section would show.
    void setSummary(const QString& summary);
    /// Open at first. Emits expandedChanged() only if it changes.
    void setExpanded(bool expanded);
    bool isExpanded() const { return m_expanded; }

signals:
    void expandedChanged(const QString& key, bool expanded);

private:
    class Header;

    const QString m_key;
    Header* m_header;
    QWidget* m_content;
    QVBoxLayout* m_body;
    bool m_expanded = true;
};

} // namespace hearth::ui
