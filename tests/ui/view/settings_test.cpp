#include "view/pages/settings_page.h"

#include "view/components/banner.h"
#include "view/components/button.h"
#include "view/components/combo.h"
#include "view/components/dialog.h"
#include "view/components/field.h"
#include "view/components/label.h"
#include "view/components/row.h"
#include "view/components/segmented.h"
#include "view/components/slider.h"
#include "view/components/toast.h"
#include "view/pages/settings/addresses.h"
#include "view/pages/settings/settings_section.h"
#include "view/theme/theme.h"

#include "ui/view/window_fixture.h"

#include <QAccessible>
#include <QApplication>
#include <QFileDialog>
#include <QLineEdit>
#include <QLocale>
#include <QScrollBar>
#include <QSignalSpy>
#include <QSlider>

using namespace hearth;
using namespace hearth::ui;
using namespace hearth::ui::test;

/// The settings page, with real clicks and keys, over a scripted engine.
class SettingsTest : public QObject {
    Q_OBJECT

private slots:
    void initTestCase() { Theme::install(*qApp); }
    void init() { m_fixture = std::make_unique<WindowFixture>(); }
    void cleanup() { m_fixture->close(); }

    void everyControlHasAName();
    void indexLeadsToItsSection();
    void everythingIsReachedByTab();
    void languageKeepsPlaceAndFocusAndWhatIsTyped();
    void contextAndCacheTypeReachTheLoad();
    void contextIsNeverMoreThanTheModels();
    void refusedContextComesBackWithTheReason();
    void addressesAreCheckedAsTyped_data();
    void addressesAreCheckedAsTyped();
    void wrongAddressIsToldAndNotKept();
    void presetsAreRenamedAndDeleted();
    void allChatsAreDeletedAfterAQuestionAndComeBack();
    void allChatsAreExportedAndComeBackByImport();
    void foldersAreListedAndTakenOut();
    void switchesAreKept();
    void motionReachesTheTheme();
    void narrowWindowHidesTheIndex();

private:
    void open(const LoadScript& script = {}) {
        m_fixture->openReady(script);
        m_fixture->window->showPage(Page::Settings);
        QCoreApplication::processEvents();
    }
    template<typename Widget>
    Widget* control(const char* name) const {
        return m_fixture->child<SettingsPage>()->findChild<Widget*>(QLatin1String(name));
    }
    [[nodiscard]] QScrollBar* bar() const {
        return m_fixture->child<SettingsPage>()->findChild<QScrollArea*>()->verticalScrollBar();
    }
    void click(const QString& name) const {
        QTRY_VERIFY2(m_fixture->button(name) != nullptr, qPrintable(name));
        QTest::mouseClick(m_fixture->button(name), Qt::LeftButton);
    }
    void chooseByKey(const char* name, const QVariant& value) const {
        auto* const combo = control<Combo>(name);
        combo->setFocus();
        QTest::keyClick(combo, Qt::Key_Home);
        while (combo->currentData() != value && combo->currentIndex() + 1 < combo->count())
            QTest::keyClick(combo, Qt::Key_Down);
        QCOMPARE(combo->currentData(), value);
    }

    std::unique_ptr<WindowFixture> m_fixture;
};

void SettingsTest::everyControlHasAName() {
    open();
    auto* const page = m_fixture->child<SettingsPage>();
    int controls = 0;
    for (QWidget* widget : page->findChildren<QWidget*>()) {
        const bool isControl = (widget->focusPolicy() & Qt::TabFocus) && widget->isVisible() &&
                               !qobject_cast<QAbstractScrollArea*>(widget) &&
                               widget->focusProxy() == nullptr;
        if (!isControl)
            continue;
        ++controls;
        QAccessibleInterface* const accessible = QAccessible::queryAccessibleInterface(widget);
        QVERIFY2(accessible != nullptr && !accessible->text(QAccessible::Name).isEmpty(),
                 qPrintable(QStringLiteral("%1 “%2”").arg(
                     QLatin1String(widget->metaObject()->className()), widget->objectName())));
    }
    QVERIFY(controls > 40);
}

void SettingsTest::indexLeadsToItsSection() {
    m_fixture->openReady();
    m_fixture->window->resize(1180, 600);
    m_fixture->window->showPage(Page::Settings);
    QCoreApplication::processEvents();
    auto* const page = m_fixture->child<SettingsPage>();
    for (const char* key : {"data", "appearance", "engine", "privacy"}) {
        auto* const row = page->findChild<Row*>(QStringLiteral("index/") + QLatin1String(key));
        QTest::mouseClick(row, Qt::LeftButton);
        QVERIFY(row->isChecked());
        auto* const section = page->findChild<SettingsSection*>(QLatin1String(key));
        QVERIFY2(!section->visibleRegion().isEmpty(), key);
    }
}

void SettingsTest::everythingIsReachedByTab() {
    open();
    auto* const page = m_fixture->child<SettingsPage>();
    page->findChild<Row*>(QStringLiteral("index/appearance"))->setFocus(Qt::TabFocusReason);
    QSet<QString> seen;
    for (int i = 0; i < 200; ++i) {
        QWidget* const focus = QApplication::focusWidget();
        seen.insert(focus->objectName());
        // What has the focus is seen.
        if (page->isAncestorOf(focus))
            QVERIFY2(!focus->visibleRegion().isEmpty(), qPrintable(focus->objectName()));
        QTest::keyClick(focus, Qt::Key_Tab);
    }
    for (const char* name :
         {"appearance/theme", "appearance/language", "engine/device", "engine/context",
          "engine/kv_type", "chats/titles", "downloads/hub", "downloads/proxy",
          "shortcuts/new-chat", "desktop/notifications", "data/open", "data/import"})
        QVERIFY2(seen.contains(QLatin1String(name)), name);
}

void SettingsTest::languageKeepsPlaceAndFocusAndWhatIsTyped() {
    open();
    auto* const hub = control<QLineEdit>("downloads/hub");
    hub->setFocus();
    QTest::keyClicks(hub, QStringLiteral("https://hf-mir"));
    bar()->setValue(bar()->maximum() / 2);
    const int scrolled = bar()->value();
    QVERIFY(scrolled > 0);
    Settings::Values values = m_fixture->values();
    values.language = QStringLiteral("zh_CN");
    m_fixture->workspace->settings().set(values);
    QTRY_COMPARE(QLocale().name(), QStringLiteral("zh_CN"));
    QTRY_VERIFY(control<QLineEdit>("downloads/hub") != hub);
    QCoreApplication::processEvents();
    QVERIFY(control<QLineEdit>("downloads/hub")->hasFocus());
    QCOMPARE(control<QLineEdit>("downloads/hub")->text(), QStringLiteral("https://hf-mir"));
    QVERIFY(std::abs(bar()->value() - scrolled) < 120);
    values.language = QStringLiteral("en");
    m_fixture->workspace->settings().set(values);
    QTRY_COMPARE(QLocale().language(), QLocale::English);
}

void SettingsTest::contextAndCacheTypeReachTheLoad() {
    open();
    chooseByKey("engine/context", 4096);
    QTRY_COMPARE(m_fixture->host.load()->lastOptions().contextTokens, 4096);
    chooseByKey("engine/kv_type", QStringLiteral("int8"));
    QTRY_COMPARE(m_fixture->host.load()->lastOptions().kvType, KvType::Int8);
    QTRY_COMPARE(m_fixture->workspace->model().state(), ModelSession::State::Ready);
    QVERIFY(!m_fixture->workspace->refusedLoad());
}

void SettingsTest::contextIsNeverMoreThanTheModels() {
    open();
    chooseByKey("engine/context", 131072);
    QTRY_COMPARE(m_fixture->host.load()->lastOptions().contextTokens, 8192);
    QTRY_COMPARE(m_fixture->workspace->model().state(), ModelSession::State::Ready);
    QCOMPARE(m_fixture->values().contextTokens, 131072);
}

void SettingsTest::refusedContextComesBackWithTheReason() {
    LoadScript script;
    Error error;
    error.code = ErrorCode::OutOfMemory;
    error.needed = 9'400'000'000;
    error.available = 7'800'000'000;
    script.failure = error;
    m_fixture->openReady(std::vector<LoadScript>{{}, {}, script, {}});
    m_fixture->window->showPage(Page::Settings);
    chooseByKey("engine/context", 2048);
    QTRY_COMPARE(m_fixture->host.load()->lastOptions().contextTokens, 2048);
    QTRY_COMPARE(m_fixture->workspace->model().state(), ModelSession::State::Ready);
    QSignalSpy refused(m_fixture->workspace.get(), &Workspace::loadSettingsRefused);
    chooseByKey("engine/kv_type", QStringLiteral("f32"));
    QTRY_VERIFY(refused.count() > 0);
    QTRY_COMPARE(m_fixture->values().kvType, QString());
    QCOMPARE(m_fixture->values().contextTokens, 2048);
    QTRY_COMPARE(m_fixture->workspace->model().state(), ModelSession::State::Ready);
    Banner* shown = nullptr;
    for (Banner* banner : m_fixture->child<SettingsPage>()->findChildren<Banner*>())
        if (banner->isVisible())
            shown = banner;
    QVERIFY(shown != nullptr);
    QString text;
    for (const Label* label : shown->findChildren<Label*>())
        text += label->text();
    QVERIFY2(text.contains(QStringLiteral("9.4 GB")), qPrintable(text));
    m_fixture->workspace->forgetRefused();
    QVERIFY(!shown->isVisible());
}

void SettingsTest::addressesAreCheckedAsTyped_data() {
    QTest::addColumn<QString>("address");
    QTest::addColumn<bool>("isHub");
    QTest::addColumn<bool>("isProxy");
    const auto row = [](const char* address, bool isHub, bool isProxy) {
        QTest::newRow(address) << QString::fromUtf8(address) << isHub << isProxy;
    };
    row("", true, true);
    row("https://hf-mirror.com", true, true);
    row("  http://127.0.0.1:7890/ ", true, true);
    row("https://hub.example/path", true, true);
    row("https://[::1]:8080", true, true);
    row("socks5h://127.0.0.1:1080", false, true);
    row("http://name:secret@proxy:3128", false, true);
    row("hf-mirror.com", false, false);
    row("ftp://hub.example", false, false);
    row("file:///etc/passwd", false, false);
    row("javascript:alert(1)", false, false);
    row("https://", false, false);
    row("https://a b", false, false);
    row("https://host:99999", false, false);
    row("https://host:", true, true);
    row("https://host/?q=1", false, false);
    row("https://ho\nst", false, false);
}

void SettingsTest::addressesAreCheckedAsTyped() {
    QFETCH(QString, address);
    QFETCH(bool, isHub);
    QFETCH(bool, isProxy);
    QCOMPARE(addressProblem(address, AddressKind::Hub).isEmpty(), isHub);
    QCOMPARE(addressProblem(address, AddressKind::Proxy).isEmpty(), isProxy);
}

void SettingsTest::wrongAddressIsToldAndNotKept() {
    open();
    auto* const hub = control<QLineEdit>("downloads/hub");
    hub->setFocus();
    QTest::keyClicks(hub, QStringLiteral("mirror"));
    QVERIFY(hub->accessibleDescription().contains(QStringLiteral("https://")));
    QTest::keyClick(hub, Qt::Key_Return);
    QCOMPARE(m_fixture->values().hubEndpoint, QString());
    hub->selectAll();
    QTest::keyClicks(hub, QStringLiteral("https://hf-mirror.com/"));
    QTest::keyClick(hub, Qt::Key_Return);
    QCOMPARE(m_fixture->values().hubEndpoint, QStringLiteral("https://hf-mirror.com"));
}

void SettingsTest::presetsAreRenamedAndDeleted() {
    m_fixture->openReady();
    Settings::Values values = m_fixture->values();
    values.presets = {{QStringLiteral("Poet"), {}}, {QStringLiteral("<b>Coder</b>"), {}}};
    m_fixture->workspace->settings().set(values);
    m_fixture->window->showSettings(QStringLiteral("chats"));
    click(QStringLiteral("Rename “Poet”"));
    Dialog* const dialog = Dialog::openIn(m_fixture->window.get());
    QVERIFY(dialog != nullptr);
    auto* const edit = dialog->findChild<QLineEdit*>();
    QVERIFY(edit->hasFocus());
    QTest::keyClicks(edit, QStringLiteral("<B>coder</B>"));
    QVERIFY(!m_fixture->button(QStringLiteral("Rename"))->isEnabled());
    edit->selectAll();
    QTest::keyClicks(edit, QStringLiteral("Bard"));
    click(QStringLiteral("Rename"));
    QTRY_COMPARE(m_fixture->values().presets.first().name, QStringLiteral("Bard"));
    click(QStringLiteral("Delete “Bard”"));
    QTRY_COMPARE(m_fixture->values().presets.size(), 1);
    click(QStringLiteral("Undo"));
    QTRY_COMPARE(m_fixture->values().presets.size(), 2);
}

void SettingsTest::allChatsAreDeletedAfterAQuestionAndComeBack() {
    m_fixture->openReady();
    for (const char* text : {"one", "two", "three"}) {
        m_fixture->workspace->chats().newChat();
        m_fixture->send(QString::fromLatin1(text));
        QTRY_VERIFY(!m_fixture->chat().isBusy());
    }
    const ChatListModel& list = m_fixture->workspace->chats().list();
    QTRY_COMPARE(list.all().size(), std::size_t{3});
    m_fixture->window->showSettings(QStringLiteral("data"));
    auto* const all = control<QAbstractButton>("data/delete");
    QTest::mouseClick(all, Qt::LeftButton);
    Dialog* dialog = Dialog::openIn(m_fixture->window.get());
    QVERIFY(dialog != nullptr);
    QVERIFY(dialog->accessibleName().contains(QLatin1Char('3')));
    QTest::keyClick(QApplication::focusWidget(), Qt::Key_Escape);
    QCOMPARE(list.all().size(), std::size_t{3});
    QTest::mouseClick(all, Qt::LeftButton);
    dialog = Dialog::openIn(m_fixture->window.get());
    QTest::mouseClick(dialog->findChildren<Button*>().last(), Qt::LeftButton);
    QTRY_COMPARE(list.all().size(), std::size_t{0});
    QTRY_VERIFY(!all->isEnabled());
    click(QStringLiteral("Undo"));
    QTRY_COMPARE(list.all().size(), std::size_t{3});
}

void SettingsTest::allChatsAreExportedAndComeBackByImport() {
    m_fixture->openReady();
    m_fixture->send(QStringLiteral("keep me"));
    QTRY_VERIFY(!m_fixture->chat().isBusy());
    m_fixture->window->showSettings(QStringLiteral("data"));
    const QString file = m_fixture->directory.filePath(QStringLiteral("all.json"));
    const auto answer = [&](const char* button) {
        QTest::mouseClick(control<QAbstractButton>(button), Qt::LeftButton);
        auto* const dialog = m_fixture->child<QFileDialog>();
        QVERIFY(dialog != nullptr);
        dialog->findChild<QLineEdit*>()->setText(file);
        QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
        QTRY_VERIFY(m_fixture->child<QFileDialog>() == nullptr);
    };
    ChatController& chats = m_fixture->workspace->chats();
    QSignalSpy exported(&chats, &ChatController::exported);
    answer("data/export");
    QTRY_COMPARE(exported.count(), 1);
    QCOMPARE(exported.first().at(1).toInt(), 1);
    QSignalSpy imported(&chats, &ChatController::imported);
    answer("data/import");
    QTRY_COMPARE(imported.count(), 1);
    QTRY_COMPARE(chats.list().all().size(), std::size_t{2});
}

void SettingsTest::foldersAreListedAndTakenOut() {
    open();
    QCOMPARE(m_fixture->workspace->catalogue().folders(), QStringList());
    m_fixture->workspace->catalogue().addFolder(QStringLiteral("/models/<b>shared</b>"));
    const QString name = QStringLiteral("Look no more in “/models/<b>shared</b>”");
    QTRY_VERIFY(m_fixture->button(name) != nullptr);
    click(name);
    QTRY_VERIFY(m_fixture->button(name) == nullptr);
    QCOMPARE(m_fixture->workspace->catalogue().folders(), QStringList());
}

void SettingsTest::switchesAreKept() {
    open();
    auto* const notifications = control<QAbstractButton>("desktop/notifications");
    QVERIFY(notifications->isChecked());
    notifications->setFocus();
    QTest::keyClick(notifications, Qt::Key_Space);
    QVERIFY(!m_fixture->values().notifications);
    auto* const titles = control<QAbstractButton>("chats/titles");
    titles->setFocus();
    QTest::keyClick(titles, Qt::Key_Space);
    QVERIFY(!m_fixture->values().automaticTitles);
    // Offscreen there is no tray, which is said.
    QVERIFY(!control<QAbstractButton>("desktop/close_to_tray")->isEnabled());
}

void SettingsTest::motionReachesTheTheme() {
    open();
    auto* const motion = control<Segmented>("appearance/motion");
    motion->setFocus();
    QTest::keyClick(motion, Qt::Key_Right);
    QTest::keyClick(motion, Qt::Key_Right);
    QTRY_VERIFY(Theme::current().reducedMotion());
    QTest::keyClick(motion, Qt::Key_Left);
    QTRY_VERIFY(!Theme::current().reducedMotion());
}

void SettingsTest::narrowWindowHidesTheIndex() {
    open();
    auto* const row = m_fixture->child<Row>(QStringLiteral("index/engine"));
    QVERIFY(row->isVisible());
    m_fixture->window->resize(640, 500);
    QTRY_VERIFY(!row->isVisible());
    auto* const scroll = m_fixture->child<SettingsPage>()->findChild<QScrollArea*>();
    QTRY_COMPARE(scroll->horizontalScrollBar()->maximum(), 0);
}

QTEST_MAIN(SettingsTest)
#include "settings_test.moc"
