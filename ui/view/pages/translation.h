#pragma once

#include <QString>
#include <QTranslator>

namespace hearth::ui {

/// The language of the window; changes at run time reach every widget as LanguageChange.
class Translation {
public:
    Translation() = default;
    ~Translation();
    Translation(const Translation&) = delete;
    Translation& operator=(const Translation&) = delete;

    /// "en" or "zh_CN"; empty: the system's, English where it is neither.
    void use(const QString& language);
    [[nodiscard]] const QString& language() const { return m_language; }

private:
    QTranslator m_hearth;
    QTranslator m_qt; ///< Context menus of fields and the file dialog.
    QString m_language;
};

} // namespace hearth::ui
