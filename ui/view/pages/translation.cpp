#include "view/pages/translation.h"

#include <QCoreApplication>
#include <QLibraryInfo>
#include <QLocale>

namespace hearth::ui {

namespace {

QString resolved(const QString& language) {
    if (!language.isEmpty())
        return language;
    const QLocale system = QLocale::system();
    const bool simplified = system.language() == QLocale::Chinese &&
                            system.script() != QLocale::TraditionalChineseScript;
    return simplified ? QStringLiteral("zh_CN") : QStringLiteral("en");
}

} // namespace

Translation::~Translation() {
    QCoreApplication::removeTranslator(&m_hearth);
    QCoreApplication::removeTranslator(&m_qt);
}

void Translation::use(const QString& language) {
    const QString wanted = resolved(language);
    if (wanted == m_language)
        return;
    m_language = wanted;
    QLocale::setDefault(QLocale(wanted == QLatin1String("en") ? QStringLiteral("en_US") : wanted));
    QCoreApplication::removeTranslator(&m_hearth);
    QCoreApplication::removeTranslator(&m_qt);
    if (m_qt.load(QStringLiteral("qtbase_") + wanted,
                  QLibraryInfo::path(QLibraryInfo::TranslationsPath)))
        QCoreApplication::installTranslator(&m_qt);
    // English too has a file: Qt adds its plural forms, ours are in the sources.
    if (m_hearth.load(QStringLiteral("hearth_") + wanted, QStringLiteral(":/i18n")))
        QCoreApplication::installTranslator(&m_hearth);
}

} // namespace hearth::ui
