#include "state/resume_point.h"

#include <QStringList>

namespace hearth::ui {

namespace {

constexpr int kFields = 6;

} // namespace

QString ResumePoint::toText() const {
    return QStringLiteral("%1,%2,%3,%4,%5,%6")
        .arg(process)
        .arg(restartedMs)
        .arg(chat)
        .arg(message)
        .arg(block)
        .arg(offset);
}

std::optional<ResumePoint> ResumePoint::fromText(const QString& text) {
    const QStringList fields = text.split(QLatin1Char(','));
    if (fields.size() != kFields)
        return std::nullopt;
    qint64 numbers[kFields] = {};
    for (int i = 0; i < kFields; ++i) {
        bool isNumber = false;
        numbers[i] = fields.at(i).toLongLong(&isNumber);
        if (!isNumber)
            return std::nullopt;
    }
    return ResumePoint{numbers[0],
                       numbers[1],
                       numbers[2],
                       numbers[3],
                       static_cast<int>(numbers[4]),
                       static_cast<int>(numbers[5])};
}

} // namespace hearth::ui
