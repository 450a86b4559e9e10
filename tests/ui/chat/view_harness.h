#pragma once

#include "fake_chat.h"

#include "view/chat/chat_view.h"
#include "view/theme/theme.h"

#include <QApplication>
#include <QScrollBar>
#include <QTest>

#include <memory>

/// A view of a chat in memory, shown and settled; light theme, nothing moves.
class ViewHarness {
public:
    static constexpr QSize kSize{900, 700};

    ViewHarness() {
        m_view.resize(kSize);
        m_view.setSource(&m_chat);
        m_view.show();
        m_view.setFocus();
        shown = QTest::qWaitForWindowActive(&m_view);
    }

    static void install() {
        hearth::ui::Theme::install(*qApp);
        hearth::ui::Theme::current().setMode(hearth::ui::ThemeMode::Light);
        hearth::ui::Theme::current().setReducedMotion(true);
    }

    static QString paragraphs(int count) {
        QString text;
        for (int i = 0; i < count; ++i)
            text += QStringLiteral("Paragraph %1 says something of a certain length.\n\n").arg(i);
        return text;
    }

    bool settle() {
        const bool calm = QTest::qWaitFor([this] { return !m_view.isBusy(); }, 30'000);
        QApplication::processEvents();
        return calm;
    }

    FakeChat& chat() { return m_chat; }
    hearth::ui::ChatView& view() { return m_view; }
    QWidget* viewport() { return m_view.viewport(); }
    QScrollBar* bar() { return m_view.verticalScrollBar(); }
    int left() { return (m_view.viewport()->width() - 760) / 2; }
    void key(int key, Qt::KeyboardModifiers modifiers = {}) {
        QTest::keyClick(&m_view, static_cast<Qt::Key>(key), modifiers);
    }
    /// Share of the viewport's pixels that have exactly this colour, from y on.
    int pixels(const QColor& color, int from = 0) {
        const QImage image = m_view.grab().toImage();
        int found = 0;
        for (int y = from; y < image.height(); ++y)
            for (int x = 0; x < image.width() - 20; ++x)
                found += image.pixelColor(x, y) == color ? 1 : 0;
        return found;
    }

    bool shown = false;

private:
    FakeChat m_chat;
    hearth::ui::ChatView m_view;
};
