#include "view/pages/chat_page.h"

#include "state/chat_session.h"
#include "state/workspace.h"
#include "view/chat/chat_view.h"
#include "view/pages/attachment_reader.h"
#include "view/pages/attachment_tray.h"
#include "view/pages/composer.h"
#include "view/pages/context_forecast.h"
#include "view/pages/find_bar.h"
#include "view/pages/inspector.h"
#include "view/pages/model_bar.h"
#include "view/pages/model_notice.h"
#include "view/pages/overflow_notice.h"
#include "view/pages/session_source.h"
#include "view/pages/texts.h"
#include "view/theme/paint.h"

#include <QApplication>
#include <QClipboard>
#include <QFileDialog>
#include <QTimer>

#include <algorithm>
#include <utility>

namespace hearth::ui {

namespace {

/// What of a search for several words to mark in a text that has them apart.
QString markFor(const QString& words, const QString& text) {
    if (text.contains(words, Qt::CaseInsensitive))
        return words;
    QString longest;
    for (const QString& word : words.split(QLatin1Char(' '), Qt::SkipEmptyParts))
        if (word.size() > longest.size() && text.contains(word, Qt::CaseInsensitive))
            longest = word;
    return longest.isEmpty() ? words : longest;
}

} // namespace

void ChatPage::send() {
    m_inspector->flush();
    const QString text = m_composer->text();
    const QList<Attachment> attachments = m_composer->attachments();
    if (m_editing != 0) {
        // Another version may be shown meanwhile, without the message.
        if (m_session->isBusy() || !m_session->reveal(m_editing))
            return;
        const int index = m_session->indexOf(m_editing);
        endEdit();
        m_session->edit(index, text, attachments);
        m_view->scrollToBottom();
        return;
    }
    const bool asks = m_session->record().settings.whenFull == WhenFull::Ask;
    if (!m_session->isBusy() && !m_forecast->isPending() &&
        (m_forecast->isHopeless() || (asks && m_forecast->overflows()))) {
        m_wasRefused = true;
        m_overflow->insist();
        return;
    }
    if (m_session->send(text, attachments)) {
        m_composer->setContent({}, {});
        m_session->setDraft({}, {});
        m_forecast->setDraft({}, {});
    }
    m_view->scrollToBottom();
}

void ChatPage::sendAgain() {
    const int last = m_session->count() - 1;
    const bool hasFailed = last >= 0 && m_session->message(last).error &&
                           m_session->message(last).error->code == ErrorCode::ContextExceeded;
    if (std::exchange(m_wasRefused, false))
        soonInThisChat([this] { send(); });
    else if (hasFailed)
        soonInThisChat([this, last] { m_session->regenerate(last); });
}

void ChatPage::soonInThisChat(std::function<void()> action) {
    QTimer::singleShot(0, this, [this, session = m_session, action = std::move(action)] {
        if (m_session == session)
            action();
    });
}

void ChatPage::newChatWithDraft() {
    QString text = m_composer->text();
    QList<Attachment> attachments = m_composer->attachments();
    m_session->setDraft({}, {});
    m_workspace.chats().newChat();
    // The chat that has not begun may hold a draft already.
    const ChatRecord& there = m_session->record();
    if (!there.draft.isEmpty())
        text = there.draft + QStringLiteral("\n\n") + text;
    attachments = there.draftAttachments + attachments;
    m_composer->setContent(text, attachments);
    m_session->setDraft(text, attachments);
    m_forecast->setDraft(text, attachments);
    focusComposer();
}

void ChatPage::whenIdle(std::function<void()> action) {
    if (!m_session->isBusy()) {
        action();
        return;
    }
    m_afterStop = std::move(action);
    m_session->stop();
}

void ChatPage::onBusyChanged() {
    m_composer->setReplying(m_session->isBusy());
    m_modelNotice->refresh(*m_session);
    refreshContext();
    if (m_session->isBusy())
        return;
    if (auto action = std::exchange(m_afterStop, {}))
        soonInThisChat(std::move(action));
}

void ChatPage::onErrorAction(const QString& id) {
    const int index = m_source->indexOf(id);
    if (index < 0 || !m_session->message(index).error)
        return;
    switch (m_session->message(index).error->code) {
    case ErrorCode::ContextExceeded:
    case ErrorCode::CacheExceeded:
        m_workspace.chats().newChat();
        focusComposer();
        break;
    case ErrorCode::OutOfMemory:
        emit modelsRequested();
        break;
    case ErrorCode::DeviceLost:
        if (m_workspace.recovery().state() != DeviceRecovery::State::None) {
            m_workspace.recovery().restartNow();
            break;
        }
        [[fallthrough]];
    default:
        whenIdle([this, id] { m_session->regenerate(m_source->indexOf(id)); });
        break;
    }
}

void ChatPage::mendModel() {
    const Error& error = m_workspace.model().error();
    if (error.code == ErrorCode::DeviceLost)
        m_workspace.recovery().restartNow();
    else if (isGpuError(error))
        emit cpuRequested();
    else
        m_workspace.model().retry();
}

void ChatPage::copyMessage(int index) {
    if (index < 0)
        return;
    QGuiApplication::clipboard()->setText(withoutControls(m_session->message(index).text));
    emit told(tr("Copied"));
}

void ChatPage::copyLastReply() {
    for (int index = m_session->count() - 1; index >= 0; --index) {
        if (m_session->message(index).role == MessageRole::Assistant) {
            copyMessage(index);
            return;
        }
    }
}

void ChatPage::regenerateLast() {
    const int last = m_session->count() - 1;
    if (last >= 0)
        whenIdle([this, last] { m_session->regenerate(last); });
}

void ChatPage::showNeighbourVersion(int step) {
    for (int index = m_session->count() - 1; index >= 0; --index) {
        const auto [version, versions] = m_session->version(index);
        if (versions < 2)
            continue;
        const int wanted = std::clamp(version + step, 1, versions);
        if (wanted != version)
            whenIdle([this, index, wanted] { m_session->showVersion(index, wanted); });
        return;
    }
}

void ChatPage::attachFiles() {
    auto* dialog = new QFileDialog(this, tr("Attach text files"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, &ChatPage::attach);
    dialog->open();
}

void ChatPage::attach(const QStringList& files) {
    m_reader->read(files);
}

void ChatPage::previewAttachment(const QString& id, int attachment) {
    const int index = m_source->indexOf(id);
    if (index >= 0 && attachment >= 0 && attachment < m_session->message(index).attachments.size())
        openAttachmentPreview(m_session->message(index).attachments.at(attachment), *m_composer);
}

void ChatPage::openFind() {
    if (m_stack->currentWidget() != m_view)
        return;
    if (m_find->isHidden())
        m_focusBeforeFind = QApplication::focusWidget();
    placeChildren();
    const QString selected = m_view->selectedText();
    m_find->open(selected.contains(QLatin1Char('\n')) ? QString() : selected);
}

void ChatPage::findNext() {
    if (m_find->isHidden())
        openFind();
    else
        m_view->findNext();
}

void ChatPage::findPrevious() {
    if (m_find->isHidden())
        openFind();
    else
        m_view->findPrevious();
}

void ChatPage::showMessage(RecordId message, const QString& words) {
    m_wanted = Wanted{message, words};
    showWanted();
}

void ChatPage::showWanted() {
    if (!m_wanted || !m_session->isLoaded())
        return;
    const Wanted wanted = *std::exchange(m_wanted, std::nullopt);
    // Shows its branch; comes back here through reset(), with nothing wanted any more.
    if (!m_session->reveal(wanted.message))
        return;
    const int index = m_session->indexOf(wanted.message);
    m_view->scrollToMessage(index);
    if (wanted.words.isEmpty())
        return;
    m_focusBeforeFind = nullptr;
    placeChildren();
    m_find->open(markFor(wanted.words, m_session->message(index).text));
}

void ChatPage::resumeAt(const ResumePoint& point) {
    m_resume = point;
    ChatController& chats = m_workspace.chats();
    const auto open = [this] { m_workspace.chats().open(m_resume ? m_resume->chat : 0); };
    if (chats.isListLoaded())
        open();
    else
        connect(&chats, &ChatController::listLoaded, this, open, Qt::SingleShotConnection);
}

void ChatPage::returnToPlace() {
    if (!m_resume || m_resume->chat != m_session->record().id || !m_session->isLoaded())
        return;
    const int message = m_session->indexOf(m_resume->message);
    m_view->setPlace({message, m_resume->block, static_cast<double>(m_resume->offset)});
    m_resume.reset();
}

ResumePoint ChatPage::resumePoint() const {
    const ChatView::Place place = m_view->place();
    ResumePoint point;
    point.chat = m_session->record().id;
    if (place.message >= 0 && place.message < m_session->count())
        point.message = m_session->message(place.message).id;
    point.block = place.block;
    point.offset = qRound(place.offset);
    return point;
}

void ChatPage::keepEdit() {
    m_inspector->flush();
    if (m_editing == 0)
        return;
    const QString written = m_composer->text();
    const int index = m_session->indexOf(m_editing);
    const bool isAsBefore = index >= 0 && m_session->message(index).text == written;
    endEdit();
    if (isAsBefore)
        return;
    const QString draft = m_composer->text();
    m_composer->setText(draft.isEmpty() ? written : draft + QStringLiteral("\n\n") + written);
}

void ChatPage::startEdit(int index) {
    if (index < 0)
        return;
    whenIdle([this, index] {
        if (m_editing == 0)
            m_draftBeforeEdit = {m_composer->text(), m_composer->attachments()};
        const MessageRecord& message = m_session->message(index);
        m_editing = message.id;
        m_composer->setEditing(true);
        m_composer->setContent(message.text, message.attachments);
        refreshContext();
        focusComposer();
    });
}

void ChatPage::editLast() {
    for (int index = m_session->count() - 1; index >= 0; --index) {
        if (m_session->message(index).role == MessageRole::User) {
            if (!m_session->isBusy())
                startEdit(index);
            return;
        }
    }
}

void ChatPage::endEdit() {
    m_editing = 0;
    m_composer->setEditing(false);
    const Content draft = std::exchange(m_draftBeforeEdit, {});
    m_composer->setContent(draft.text, draft.attachments);
    m_forecast->setDraft(draft.text, draft.attachments);
    refreshContext();
}

bool ChatPage::stepBack() {
    if (!m_find->isHidden()) {
        m_find->close();
        return true;
    }
    if (isNarrow() && m_isOverlayOpen) {
        toggleInspector();
        return true;
    }
    if (m_editing != 0) {
        endEdit();
        return true;
    }
    const bool wasBusy = m_session->isBusy() || m_session->isSummarising();
    m_session->stop();
    return wasBusy;
}

void ChatPage::focusComposer() {
    m_composer->focusField();
}

void ChatPage::openModelChoice() {
    m_bar->openChoice();
}

bool ChatPage::isSettled() const {
    using State = ModelSession::State;
    return m_session->isLoaded() && m_workspace.model().state() != State::Looking &&
           m_workspace.catalogue().isScanned() && !m_forecast->isStale() && !m_view->isBusy() &&
           m_slide.state() != QAbstractAnimation::Running;
}

} // namespace hearth::ui
