#include "ui/view/chat_window.h"

#include "view/components/combo.h"
#include "view/components/dialog.h"
#include "view/components/icon_button.h"
#include "view/components/slider.h"
#include "view/components/stepper.h"
#include "view/components/switch.h"
#include "view/components/text_area.h"
#include "view/pages/inspector.h"
#include "view/pages/preset_bar.h"
#include "view/pages/token_strip.h"
#include "view/pages/token_tip.h"

#include <QLineEdit>
#include <QMouseEvent>
#include <QScrollArea>
#include <QSlider>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

class ChatInspectorTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_chat = std::make_unique<ChatWindow>(); }
    void cleanup() {
        m_chat.reset();
        Theme::current().setTextScale(1.0);
    }

    void samplingReachesTheRequest();
    void modelOfTheChatIsLeftAlone();
    void temperatureOfTheModelIsShown();
    void presetsAreSavedChosenAndDeleted();
    void systemPromptIsKeptByAPresetWithoutOne();
    void probabilitiesAreShownByPointerAndKeys();
    void inspectorLiesOverANarrowPage();
    void largerTextFitsIntoTheInspector();

private:
    Inspector& inspector() {
        if (!m_chat->child<Inspector>()->isVisible())
            QTest::keyClick(&m_chat->window(), Qt::Key_I, Qt::ControlModifier);
        return *m_chat->child<Inspector>();
    }

    std::unique_ptr<ChatWindow> m_chat;
};

void ChatInspectorTest::largerTextFitsIntoTheInspector() {
    m_chat->openReady();
    auto* const scroll = inspector().findChild<QScrollArea*>();
    auto* const reset = scroll->findChild<Slider*>()->findChild<IconButton*>();
    const int before = reset->x();
    for (const double scale : {1.1, 1.25}) {
        Settings::Values values = m_chat->workspace().settings().values();
        values.textScale = scale;
        m_chat->workspace().settings().set(values);
        QTRY_COMPARE(Theme::current().textScale(), scale);
        const int needed = scroll->widget()->minimumSizeHint().width();
        QVERIFY2(needed <= scroll->viewport()->width(),
                 qPrintable(QString("%1 at %2").arg(needed).arg(scale)));
        QVERIFY(reset->x() > before);
    }
}

void ChatInspectorTest::samplingReachesTheRequest() {
    m_chat->openReady();
    m_chat->ask("begin");
    auto sliders = inspector().findChildren<Slider*>();
    QCOMPARE(sliders.size(), 6);
    auto* temperature = sliders.first()->findChild<QSlider*>();
    temperature->setFocus();
    QTest::keyClick(temperature, Qt::Key_Home);
    auto* system = inspector().findChild<TextArea*>();
    system->setFocus();
    QTest::keyClicks(system, "Answer in French.");
    auto* topK = inspector().findChildren<Stepper*>().first();
    topK->setFocus();
    QTest::keyClick(topK, Qt::Key_Up);
    m_chat->ask("go on");
    const Request sent = m_chat->requests().back();
    QCOMPARE(sent.sampling.temperature, 0.0F);
    QCOMPARE(sent.sampling.topK, 41);
    QCOMPARE(std::get<ChatPrompt>(sent.prompt).messages.front().content, "Answer in French.");
    QCOMPARE(m_chat->requests().front().sampling.topK, 40);
    // The way back stands beside what was changed, and only there.
    QAbstractButton* reset = buttonNamed(inspector(), "Back to the preset: Temperature");
    QVERIFY(reset != nullptr);
    QVERIFY(buttonNamed(inspector(), "Back to the preset: Top P") == nullptr);
    QTest::mouseClick(reset, Qt::LeftButton);
    QCOMPARE(m_chat->chat().record().settings.temperature, ChatSettings().temperature);
}

void ChatInspectorTest::modelOfTheChatIsLeftAlone() {
    m_chat->openReady();
    const QString model = m_chat->workspace().model().name();
    QCOMPARE(m_chat->chat().record().settings.model, model);
    inspector().findChild<Slider*>()->setValue(1.5);
    QCOMPARE(m_chat->chat().record().settings.temperature, 1.5);
    QCOMPARE(m_chat->chat().record().settings.model, model);
}

void ChatInspectorTest::temperatureOfTheModelIsShown() {
    m_chat->openReady();
    auto* system = inspector().findChild<TextArea*>();
    system->setFocus();
    QTest::keyClicks(system, "Be brief.");
    m_chat->workspace().chats().setModel("small", 0.2);
    QCOMPARE(inspector().findChild<Slider*>()->value(), 0.2);
    // What is being written stays.
    QCOMPARE(system->text(), QString("Be brief."));
    m_chat->ask("begin");
    QCOMPARE(m_chat->requests().back().sampling.temperature, 0.2F);
}

void ChatInspectorTest::presetsAreSavedChosenAndDeleted() {
    m_chat->openReady();
    auto* presets = inspector().findChild<PresetBar*>();
    auto* choice = presets->findChild<Combo*>();
    const int builtIn = choice->count();
    QCOMPARE(builtIn, static_cast<int>(builtInPresets().size()));
    choice->setFocus();
    QTest::keyClick(choice, Qt::Key_End);
    QCOMPARE(m_chat->chat().record().settings.preset, builtInPresets().last().name);
    QCOMPARE(m_chat->chat().record().settings.temperature,
             builtInPresets().last().settings.temperature);

    auto* more = presets->findChild<IconButton*>();
    QTest::mouseClick(more, Qt::LeftButton);
    QVERIFY(takeEntry(QStringLiteral("Save as a preset…")));
    auto* name = Dialog::openIn(&m_chat->window())->findChild<QLineEdit*>();
    QTest::keyClicks(name, "Mine");
    QTest::keyClick(name, Qt::Key_Return);
    QTRY_COMPARE(choice->count(), builtIn + 1);
    QCOMPARE(choice->currentText(), "Mine");
    auto* temperature = inspector().findChild<Slider*>();
    temperature->setValue(1.5);
    QVERIFY(choice->currentText().startsWith("Mine ("));

    QTest::mouseClick(more, Qt::LeftButton);
    QVERIFY(takeEntry("Save the changes"));
    QCOMPARE(m_chat->workspace().settings().values().presets.first().settings.temperature, 1.5);
    QTest::mouseClick(more, Qt::LeftButton);
    QVERIFY(takeEntry("Delete"));
    QCOMPARE(choice->count(), builtIn);
    QCOMPARE(choice->currentIndex(), -1);
    QCOMPARE(m_chat->chat().record().settings.temperature, 1.5);
}

void ChatInspectorTest::systemPromptIsKeptByAPresetWithoutOne() {
    Preset plain{"plain", {}};
    Preset pirate{"pirate", {}};
    pirate.settings.systemPrompt = "Arr.";
    ChatSettings chat;
    chat.systemPrompt = "Mine.";
    chat.whenFull = WhenFull::Forget;
    QCOMPARE(PresetBar::applied(plain, chat, nullptr).systemPrompt, "Mine.");
    const ChatSettings asPirate = PresetBar::applied(pirate, chat, nullptr);
    QCOMPARE(asPirate.systemPrompt, "Arr.");
    QCOMPARE(asPirate.whenFull, WhenFull::Forget);
    QCOMPARE(PresetBar::applied(plain, asPirate, &pirate).systemPrompt, "");
}

void ChatInspectorTest::probabilitiesAreShownByPointerAndKeys() {
    m_chat->openReady();
    inspector();
    Switch* asks = nullptr;
    for (Switch* candidate : inspector().findChildren<Switch*>())
        if (candidate->text().contains("probabilities"))
            asks = candidate;
    QVERIFY(asks != nullptr);
    asks->setFocus();
    QTest::keyClick(asks, Qt::Key_Space);
    m_chat->ask("go");
    QVERIFY(m_chat->requests().back().sampling.logprobs >= 5);
    TokenStrip* strip = inspector().tokens();
    QTRY_VERIFY(strip->count() > 3);
    // By hand: the screen of a test is smaller than the window.
    const QPointF on = strip->tokenRect(1).center();
    QMouseEvent move(QEvent::MouseMove, on, strip->mapToGlobal(on), Qt::NoButton, {}, {});
    QCoreApplication::sendEvent(strip, &move);
    QTRY_COMPARE(strip->currentToken(), 1);
    QVERIFY(strip->tip()->isVisible());
    QCOMPARE(strip->tip()->mark().text, m_chat->chat().probabilities(1).at(1).text);
    strip->setFocus();
    QTest::keyClick(strip, Qt::Key_Right);
    QCOMPARE(strip->currentToken(), 2);
    QVERIFY(strip->accessibleDescription().contains('%'));
    QTest::keyClick(strip, Qt::Key_Home);
    QCOMPARE(strip->currentToken(), 0);
}

void ChatInspectorTest::inspectorLiesOverANarrowPage() {
    m_chat->openReady();
    inspector();
    QVERIFY(m_chat->workspace().settings().values().inspectorShown);
    QTRY_COMPARE(m_chat->composer().parentWidget()->parentWidget()->width(),
                 m_chat->page().width() - size::kInspector);
    m_chat->window().resize(size::kWindowMinimumWidth, size::kWindowMinimumHeight);
    QTRY_VERIFY(!m_chat->child<Inspector>()->isVisible());
    QTest::keyClick(&m_chat->window(), Qt::Key_I, Qt::ControlModifier);
    QTRY_VERIFY(m_chat->child<Inspector>()->isVisible());
    QTest::keyClick(m_chat->field(), Qt::Key_Escape);
    QTRY_VERIFY(!m_chat->child<Inspector>()->isVisible());
    QVERIFY(m_chat->workspace().settings().values().inspectorShown);
}

QTEST_MAIN(ChatInspectorTest)
#include "chat_inspector_test.moc"
