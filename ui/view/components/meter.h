#pragma once

#include <QString>
#include <QWidget>

namespace hearth::ui {

/// How much of a limit is used: quiet, amber from 80%, red from 95%. The text says it in words.
class Meter : public QWidget {
    Q_OBJECT

public:
    explicit Meter(const QString& name, QWidget* parent = nullptr);

    /// share of 1 (more is drawn as 1); text such as "3.1k / 32k".
    void setValue(double share, const QString& text);
    double share() const { return m_share; }

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    QString m_text;
    double m_share = 0.0;
};

} // namespace hearth::ui
