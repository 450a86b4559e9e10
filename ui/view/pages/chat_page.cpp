#include "view/pages/chat_page.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_view.h"
#include "view/components/icon_button.h"
#include "view/components/popover.h"
#include "view/pages/attachment_reader.h"
#include "view/pages/chat_empty_state.h"
#include "view/pages/composer.h"
#include "view/pages/context_details.h"
#include "view/pages/context_forecast.h"
#include "view/pages/context_meter.h"
#include "view/pages/device_notice.h"
#include "view/pages/drop_curtain.h"
#include "view/pages/find_bar.h"
#include "view/pages/inspector.h"
#include "view/pages/model_bar.h"
#include "view/pages/model_notice.h"
#include "view/pages/overflow_notice.h"
#include "view/pages/session_source.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"
#include "view/theme/theme.h"

#include <QBoxLayout>
#include <QDesktopServices>
#include <QDragEnterEvent>
#include <QEvent>
#include <QMimeData>
#include <QShortcut>
#include <QStackedWidget>
#include <QUrl>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

/// Less than this beside the inspector is no place to read: it then lies over the page.
constexpr int kLeastCentre = 520;

using State = ModelSession::State;

} // namespace

ChatPage::ChatPage(Workspace& workspace, QWidget* parent)
    : QWidget(parent)
    , m_workspace(workspace)
    , m_source(new SessionSource(this))
    , m_forecast(new ContextForecast(workspace.bridge(), workspace.counter(), this))
    , m_reader(new AttachmentReader(this))
    , m_centre(new QWidget(this))
    , m_bar(new ModelBar(workspace.model(), workspace.catalogue(), m_centre))
    , m_modelNotice(new ModelNotice(workspace.model(), m_centre))
    , m_deviceNotice(new DeviceNotice(workspace.model(), workspace.settings(), m_centre))
    , m_stack(new QStackedWidget(m_centre))
    , m_empty(new ChatEmptyState(workspace.model(), workspace.catalogue(), m_centre))
    , m_view(new ChatView(m_centre))
    , m_overflow(new OverflowNotice(m_centre))
    , m_composer(new Composer(m_centre))
    , m_inspector(new Inspector(workspace, *m_forecast, this))
    , m_find(new FindBar(m_centre))
    , m_curtain(new DropCurtain(this)) {
    setAcceptDrops(true);
    arrange();
    m_view->setSource(m_source);
    connectModel();
    connectView();
    connectComposer();
    connectContext();
    openSession();
    refreshInspector();
}

ChatPage::~ChatPage() {
    m_view->setSource(nullptr);
    m_source->setSession(nullptr);
}

void ChatPage::arrange() {
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_view);
    // The composer stands under the column of the messages, beside which the scroll bar always has
    // its room: the text must not jump when the bar appears.
    m_view->setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOn);
    auto* written = new QWidget(m_centre);
    written->setMaximumWidth(size::kChatColumn);
    auto* writtenColumn = new QVBoxLayout(written);
    writtenColumn->setContentsMargins(0, 0, 0, 0);
    writtenColumn->setSpacing(space::kSm);
    writtenColumn->addWidget(m_overflow);
    writtenColumn->addWidget(m_composer);
    auto* column = new QHBoxLayout;
    column->setContentsMargins(space::kXl, space::kSm, space::kXl + size::kScrollBar, space::kLg);
    column->addStretch(1);
    column->addWidget(written, 1000);
    column->addStretch(1);
    auto* noticeRow = new QHBoxLayout;
    noticeRow->setContentsMargins(space::kXl, 0, space::kXl, space::kSm);
    noticeRow->addWidget(m_modelNotice);

    auto* centre = new QVBoxLayout(m_centre);
    centre->setContentsMargins(0, 0, 0, 0);
    centre->setSpacing(0);
    centre->addWidget(m_bar);
    centre->addWidget(m_deviceNotice);
    centre->addLayout(noticeRow);
    centre->addWidget(m_find, 0, Qt::AlignRight);
    centre->addWidget(m_stack, 1);
    centre->addLayout(column);

    m_inspector->hide();
    m_slide.setEasingCurve(QEasingCurve::OutCubic);
    connect(&m_slide, &QVariantAnimation::valueChanged, this, &ChatPage::placeChildren);
    connect(&m_slide, &QVariantAnimation::finished, this,
            [this] { m_inspector->setVisible(isInspectorOpen()); });
}

void ChatPage::connectModel() {
    connect(&m_workspace.model(), &ModelSession::changed, this, &ChatPage::onModelChanged);
    connect(&m_workspace.catalogue(), &ModelCatalogue::scanned, this, &ChatPage::refresh);
    connect(&m_workspace.chats(), &ChatController::currentChanged, this, &ChatPage::openSession);
    connect(&m_workspace.settings(), &Settings::changed, this, &ChatPage::refreshInspector);
    connect(m_bar, &ModelBar::sidebarRequested, this, &ChatPage::sidebarRequested);
    connect(m_bar, &ModelBar::findRequested, this, &ChatPage::openFind);
    connect(m_bar, &ModelBar::inspectorRequested, this, &ChatPage::toggleInspector);
    connect(m_inspector, &Inspector::closeRequested, this, &ChatPage::toggleInspector);
    connect(m_inspector, &Inspector::told, this, &ChatPage::told);
    connect(m_deviceNotice, &DeviceNotice::modelsRequested, this, &ChatPage::modelsRequested);
    connect(m_modelNotice, &ModelNotice::modelsRequested, this, &ChatPage::modelsRequested);
    connect(m_modelNotice, &ModelNotice::mendRequested, this, &ChatPage::mendModel);
    connect(m_empty, &ChatEmptyState::modelsRequested, this, &ChatPage::modelsRequested);
    connect(m_empty, &ChatEmptyState::addModelRequested, this, &ChatPage::addModelRequested);
    connect(m_empty, &ChatEmptyState::mendRequested, this, &ChatPage::mendModel);
    connect(m_empty, &ChatEmptyState::exampleRequested, this, [this](const QString& prompt) {
        if (m_composer->text().trimmed().isEmpty())
            m_composer->setText(prompt);
        focusComposer();
    });
}

void ChatPage::connectView() {
    connect(m_view, &ChatView::linkActivated, this,
            [](const QString& url) { QDesktopServices::openUrl(QUrl(url)); });
    connect(m_view, &ChatView::copyRequested, this,
            [this](const QString& id) { copyMessage(m_source->indexOf(id)); });
    connect(m_view, &ChatView::codeCopied, this, [this] { emit told(tr("Code copied")); });
    connect(m_view, &ChatView::regenerateRequested, this, [this](const QString& id) {
        whenIdle([this, id] { m_session->regenerate(m_source->indexOf(id)); });
    });
    connect(m_view, &ChatView::continueRequested, this, [this](const QString& id) {
        whenIdle([this, id] { m_session->continueReply(m_source->indexOf(id)); });
    });
    connect(m_view, &ChatView::forkRequested, this, [this](const QString& id) {
        m_workspace.chats().fork(m_source->indexOf(id));
        emit told(tr("This chat goes its own way from here"));
    });
    connect(m_view, &ChatView::editRequested, this,
            [this](const QString& id) { startEdit(m_source->indexOf(id)); });
    connect(m_view, &ChatView::attachmentActivated, this, &ChatPage::previewAttachment);
    connect(m_view, &ChatView::errorActionRequested, this, &ChatPage::onErrorAction);
    connect(m_view, &ChatView::versionRequested, this, [this](const QString& id, int version) {
        whenIdle([this, id, version] { m_session->showVersion(m_source->indexOf(id), version); });
    });
    connect(m_view, &ChatView::findChanged, m_find, &FindBar::setFound);
    connect(new QShortcut(Qt::Key_F3, this), &QShortcut::activated, this, &ChatPage::findNext);
    connect(new QShortcut(QKeySequence(Qt::SHIFT | Qt::Key_F3), this), &QShortcut::activated, this,
            &ChatPage::findPrevious);
    connect(m_find, &FindBar::textChanged, m_view, &ChatView::find);
    connect(m_find, &FindBar::nextRequested, m_view, &ChatView::findNext);
    connect(m_find, &FindBar::previousRequested, m_view, &ChatView::findPrevious);
    connect(m_find, &FindBar::closed, this, [this] {
        m_view->find({});
        if (m_focusBeforeFind != nullptr && m_focusBeforeFind->isVisible())
            m_focusBeforeFind->setFocus(Qt::OtherFocusReason);
        else
            focusComposer();
    });
}

void ChatPage::connectComposer() {
    connect(m_composer, &Composer::sendRequested, this, &ChatPage::send);
    connect(m_composer, &Composer::stopRequested, this, [this] {
        m_session->stop();
        // The button that was pressed is of no use next.
        focusComposer();
    });
    connect(m_composer, &Composer::editCancelled, this, &ChatPage::endEdit);
    connect(m_composer, &Composer::editLastRequested, this, &ChatPage::editLast);
    connect(m_composer, &Composer::attachRequested, this, &ChatPage::attachFiles);
    connect(m_composer, &Composer::filesGiven, this, &ChatPage::attach);
    connect(m_composer, &Composer::longPasteAttached, this, [this] {
        emit undoOffered(tr("The long text is attached as a file"),
                         [this] { m_composer->unfoldLastAttachment(); }, {});
    });
    connect(m_composer, &Composer::contentChanged, this, [this] {
        m_wasRefused = false;
        if (m_editing == 0)
            m_session->setDraft(m_composer->text(), m_composer->attachments());
        m_forecast->setDraft(m_composer->text(), m_composer->attachments());
    });
    connect(m_curtain, &DropCurtain::dropped, this, &ChatPage::attach);
    connect(m_reader, &AttachmentReader::fileRead, this,
            [this](const QString& name, const QString& text) {
                m_composer->attach({name, text, 0});
                focusComposer();
            });
    connect(m_reader, &AttachmentReader::refused, this, &ChatPage::told);
}

void ChatPage::connectContext() {
    connect(m_forecast, &ContextForecast::changed, this, &ChatPage::refreshContext);
    connect(m_forecast, &ContextForecast::attachmentCounted, m_composer,
            &Composer::setAttachmentTokens);
    connect(m_composer, &Composer::contextRequested, this, &ChatPage::openContext);
    connect(m_overflow, &OverflowNotice::detailsRequested, this, &ChatPage::openContext);
    connect(m_overflow, &OverflowNotice::contextWanted, this, &ChatPage::contextWanted);
    connect(m_overflow, &OverflowNotice::newChatRequested, this, &ChatPage::newChatWithDraft);
    connect(m_overflow, &OverflowNotice::forgetRequested, this, [this] {
        ChatSettings settings = m_session->record().settings;
        settings.whenFull = WhenFull::Forget;
        m_session->setSettings(settings);
        m_inspector->refreshSettings();
        m_forecast->askSoon();
        sendAgain();
    });
    connect(m_overflow, &OverflowNotice::summariseRequested, this, [this] {
        int messages = 0;
        for (const RecordId id : m_forecast->forgotten())
            messages = std::max(messages, m_session->indexOf(id) + 1);
        // A reply goes with its question.
        while (messages < m_session->count() &&
               m_session->message(messages).role != MessageRole::User)
            ++messages;
        m_session->summarise(messages);
        refreshContext();
    });
}

void ChatPage::openSession() {
    if (m_session != nullptr) {
        keepEdit();
        disconnect(m_session, nullptr, this, nullptr);
    }
    m_afterStop = {};
    m_editing = 0;
    m_wasRefused = false;
    m_wanted.reset();
    m_find->close();
    m_composer->setEditing(false);
    m_session = &m_workspace.chats().current();
    m_source->setSession(m_session);
    connect(m_session, &ChatSession::busyChanged, this, &ChatPage::onBusyChanged);
    connect(m_session, &ChatSession::inserted, this, &ChatPage::refresh);
    connect(m_session, &ChatSession::reset, this, &ChatPage::refresh);
    connect(m_session, &ChatSession::reset, this, &ChatPage::returnToPlace);
    connect(m_session, &ChatSession::reset, this, &ChatPage::showWanted);
    connect(m_session, &ChatSession::summarised, this, &ChatPage::onSummarised);
    // The order matters: the forecast is of this chat before it hears of its draft.
    m_forecast->setSession(m_session);
    m_inspector->setSession(m_session);
    const ChatRecord record = m_session->record();
    m_composer->setContent(record.draft, record.draftAttachments);
    m_forecast->setDraft(record.draft, record.draftAttachments);
    m_composer->setReplying(m_session->isBusy());
    refresh();
}

void ChatPage::onSummarised(bool done) {
    if (done)
        emit undoOffered(tr("The oldest messages are sent as a summary from now on"),
                         [this, session = QPointer(m_session)] {
                             if (session == nullptr)
                                 return;
                             session->setSummary({}, 0);
                             refreshMessages();
                         },
                         {});
    else
        emit told(tr("The oldest messages could not be summarised"));
    refreshMessages();
    refreshContext();
}

void ChatPage::refreshMessages() {
    for (int index = 0; index < m_source->count(); ++index)
        emit m_source->stateChanged(index);
}

void ChatPage::refresh() {
    const bool isEmpty = m_session->isLoaded() && m_session->count() == 0;
    m_stack->setCurrentWidget(isEmpty ? static_cast<QWidget*>(m_empty) : m_view);
    m_empty->refresh();
    m_modelNotice->refresh(*m_session);
    refreshNote();
    refreshContext();
}

void ChatPage::onModelChanged() {
    const ModelSession& model = m_workspace.model();
    if (model.state() == State::Ready && std::exchange(m_modelName, model.name()) != model.name()) {
        // Another model counts otherwise.
        QList<Attachment> attachments = m_composer->attachments();
        for (Attachment& attachment : attachments)
            attachment.tokens = 0;
        m_composer->setContent(m_composer->text(), attachments);
        m_forecast->setDraft(m_composer->text(), attachments);
    }
    if (model.state() == State::Ready)
        m_forecast->askSoon();
    refresh();
}

void ChatPage::refreshNote() {
    const State state = m_workspace.model().state();
    if (state == State::Loading || state == State::Looking)
        m_composer->setNote(tr("Sent as soon as the model is ready"));
    else if (state != State::Ready)
        m_composer->setNote(tr("Waits until a model is loaded"));
    else
        m_composer->setNote({});
}

void ChatPage::refreshContext() {
    const ModelSession& model = m_workspace.model();
    const bool isReady = model.state() == State::Ready;
    const bool forgets = m_session->record().settings.whenFull == WhenFull::Forget;
    // What is forgotten is not sent, so it fills nothing.
    const bool isFitted = forgets && !m_session->isBusy() && m_forecast->fit().dropped > 0;
    m_composer->setContext(isFitted ? m_forecast->fit().fittedTokens : m_forecast->used(),
                           isReady ? model.info().context : 0);
    m_overflow->show(*m_forecast, *m_session, isReady ? model.info().trainedContext : 0);
    if (m_editing != 0 || !isReady)
        m_overflow->hide();
    m_source->setForgotten(forgets ? m_forecast->forgotten() : QList<RecordId>());
    if (m_wasRefused && !m_forecast->isPending() && !m_forecast->overflows())
        sendAgain();
}

void ChatPage::openContext() {
    auto* popover = new Popover(this);
    connect(popover, &Popover::closed, popover, &QObject::deleteLater);
    auto* details = new ContextDetails(popover);
    details->setFixedWidth(size::kInspector - 2 * space::kLg);
    details->show(*m_forecast, *m_session);
    popover->body()->addWidget(details);
    popover->openAt(*m_composer->meter());
}

bool ChatPage::isNarrow() const {
    return width() < size::kInspector + kLeastCentre;
}

bool ChatPage::isInspectorOpen() const {
    return isNarrow() ? m_isOverlayOpen : m_workspace.settings().values().inspectorShown;
}

void ChatPage::toggleInspector() {
    if (isNarrow()) {
        m_isOverlayOpen = !m_isOverlayOpen;
        refreshInspector();
        return;
    }
    Settings::Values values = m_workspace.settings().values();
    values.inspectorShown = !values.inspectorShown;
    m_workspace.settings().set(values);
    refreshInspector();
}

void ChatPage::refreshInspector() {
    const bool isOpen = isInspectorOpen();
    const int target = isOpen ? size::kInspector : 0;
    m_bar->setInspectorShown(isOpen);
    m_inspector->setFloating(isNarrow());
    if (m_slide.endValue().isValid() && m_slide.endValue().toInt() == target) {
        placeChildren();
        return;
    }
    const int from = m_slide.currentValue().toInt();
    m_slide.stop();
    m_slide.setStartValue(from);
    m_slide.setEndValue(target);
    m_slide.setDuration(isVisible() ? Theme::current().motion(motion::kPanel) : 0);
    if (isOpen)
        m_inspector->show();
    m_slide.start();
    if (m_slide.duration() == 0)
        placeChildren();
}

void ChatPage::placeChildren() {
    const int shown = m_slide.currentValue().toInt();
    m_centre->setGeometry(0, 0, width() - (isNarrow() ? 0 : shown), height());
    m_inspector->setGeometry(width() - shown, 0, size::kInspector, height());
    m_inspector->raise();
    m_curtain->setGeometry(rect());
}

void ChatPage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    refreshInspector();
}

void ChatPage::dragEnterEvent(QDragEnterEvent* event) {
    if (localFiles(*event->mimeData()).isEmpty())
        return;
    event->acceptProposedAction();
    m_curtain->setGeometry(rect());
    m_curtain->show();
    m_curtain->raise();
}

void ChatPage::dropEvent(QDropEvent* event) {
    m_curtain->hide();
    event->acceptProposedAction();
    attach(localFiles(*event->mimeData()));
}

void ChatPage::changeEvent(QEvent* event) {
    if (event->type() == QEvent::LanguageChange) {
        refresh();
        refreshMessages();
    }
    QWidget::changeEvent(event);
}

} // namespace hearth::ui
