#pragma once

#include <QLineEdit>
#include <QWidget>

namespace hearth::ui {

class Label;

/// A line of text with its label above (may be empty) and a hint or an error below.
class Field : public QWidget {
    Q_OBJECT

public:
    explicit Field(const QString& label, QWidget* parent = nullptr);

    QLineEdit* edit() const { return m_edit; }
    QString text() const { return m_edit->text(); }
    void setText(const QString& text) { m_edit->setText(text); }
    void setLabel(const QString& label);
    void setHint(const QString& hint);
    /// An empty error takes the error away and shows the hint again.
    void setError(const QString& error);

private:
    void refresh();

    Label* m_label;
    QLineEdit* m_edit;
    Label* m_below;
    QString m_hint;
    QString m_error;
};

} // namespace hearth::ui
