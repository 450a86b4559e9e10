#pragma once

#include "ui/support/paint_record.h"

#include <QStringList>
#include <QTranslator>

namespace hearth::test {

/// Makes every text that goes through tr() about 40% longer, in brackets and with every letter
/// accented, so that a plain letter on the screen is one that nobody can translate. Placeholders
/// (%1, %n), mnemonics, keys' names and line breaks stay.
class PseudoTranslator : public QTranslator {
    Q_OBJECT

public:
    using QTranslator::QTranslator;

    bool isEmpty() const override { return false; }
    QString translate(const char* context, const char* source, const char* disambiguation,
                      int n) const override;
};

QString pseudo(const QString& text);

/// Runs of plain letters in what was drawn that are no part of `data`. Names of months and days in
/// the default locale are data too.
QStringList plainTexts(const PaintRecord& record, const QStringList& data);

/// Texts that are drawn beyond what their widget may draw on, and buttons that are elided.
QStringList clippedTexts(const PaintRecord& record);

} // namespace hearth::test
